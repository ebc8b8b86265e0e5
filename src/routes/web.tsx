import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { Locale } from "@/i18n/locale.ts";
import type { StatusView } from "@/status/view.ts";
import { DocsPage } from "@/views/docs-page.tsx";
import { StatusPage } from "@/views/status-page.tsx";
import { html } from "./html.ts";
import { pageLocale } from "./page-locale.ts";

/** The pages that only show. They need no token. */
export const createWebRoutes = ({ status }: { status: { view(locale: Locale): Promise<StatusView> } }) =>
  new Hono<AppEnv>()
    .on("GET", ["/", "/web/status"], pageLocale(), async (c) =>
      html(c, <StatusPage view={await status.view(c.var.locale)} locale={c.var.locale} />),
    )
    .on("GET", ["/docs", "/redoc", "/docs/oauth2-redirect"], pageLocale(), (c) =>
      html(c, <DocsPage origin={new URL(c.req.url).origin} locale={c.var.locale} />),
    );
