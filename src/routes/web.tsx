import { type Context, Hono } from "hono";
import type { PullMode } from "@/config.ts";
import { AppError } from "@/errors.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { CheckView } from "@/gateway/view.ts";
import type { AppEnv } from "@/http/env.ts";
import { wireCodeOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import { keepOpen } from "@/http/keep-open.ts";
import { errorTexts } from "@/i18n/errors.ts";
import { fill } from "@/i18n/locale.ts";
import type { ModelService } from "@/models/service.ts";
import type { PulledView } from "@/models/view.ts";
import type { StatusView } from "@/status/view.ts";
import { type CheckParameter, readCheckNotice } from "@/views/check-notice.ts";
import { DocsPage } from "@/views/docs-page.tsx";
import { ModelsPage } from "@/views/models-page.tsx";
import { readPullNotice } from "@/views/pull-notice.ts";
import { StatusPage } from "@/views/status-page.tsx";
import { pageLocale } from "./page-locale.ts";

interface WebRoutesDeps {
  deepCheck: DeepCheck;
  status: { view(): Promise<StatusView> };
  models: Pick<ModelService, "list" | "lastSync" | "pull">;
  memoryGate: MemoryGate;
  /** Named in the notice of a pull that was refused before it began. */
  pullMode: PullMode;
  recordRefusal(c: Context<AppEnv>, error: AppError): void;
}

const MEMORY_RETRY_SECONDS = "30";

/** The pages. They need no token: they show state and metadata only, their actions repeat a configured pull and ask for one model turn. */
export const createWebRoutes = ({ status, models, deepCheck, memoryGate, pullMode, recordRefusal }: WebRoutesDeps) =>
  new Hono<AppEnv>()
    .on("GET", ["/", "/web/status"], pageLocale(), async (c) =>
      html(
        c,
        <StatusPage
          view={await status.view()}
          locale={c.var.locale}
          notice={readCheckNotice((name) => c.req.queries(name)?.at(-1))}
        />,
      ),
    )
    .post("/web/gateway/check", pageLocale(), originGuard(), keepOpen(), async (c) => {
      try {
        memoryGate.check("heavy");
        const check = await deepCheck.run({ traceId: c.var.traceId, signal: c.req.raw.signal });
        return c.redirect(check ? checked(check) : "/web/status", 303);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        recordRefusal(c, error);
        return c.redirect(statusLocation({ check: "refused", error_code: wireCodeOf(error.code) }), 303);
      }
    })
    .get("/web/models", pageLocale(), (c) =>
      html(
        c,
        <ModelsPage
          view={{ models: models.list(), last_sync: models.lastSync() }}
          locale={c.var.locale}
          notice={readPullNotice((name) => c.req.queries(name)?.at(-1))}
        />,
      ),
    )
    .post("/web/models/pull-astr", pageLocale(), originGuard(), async (c) => {
      const { traceId, locale } = c.var;
      const refusal = refusalOf(memoryGate);
      if (refusal !== undefined) {
        recordRefusal(c, refusal);
        c.header("Retry-After", MEMORY_RETRY_SECONDS);
        const error = fill(errorTexts[refusal.code][locale].text, refusal.detail);
        return c.redirect(failed({ source_mode: pullMode, error_code: wireCodeOf(refusal.code), error }), 303);
      }
      const { view } = await models.pull({ traceId, channel: "web", locale });
      return c.redirect(view.ok ? succeeded(view) : failed(view), 303);
    })
    .on("GET", ["/docs", "/redoc", "/docs/oauth2-redirect"], pageLocale(), (c) =>
      html(c, <DocsPage origin={new URL(c.req.url).origin} locale={c.var.locale} />),
    );

/** Spells the charset as the contract does. */
const html = (c: Context<AppEnv>, document: ReturnType<typeof StatusPage>) =>
  c.html(document, 200, { "Content-Type": "text/html; charset=utf-8" });

/** A form's answer is a page, so what the API throws becomes a notice here. */
const refusalOf = (memoryGate: MemoryGate): AppError | undefined => {
  try {
    memoryGate.check("heavy");
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};

/** The parameters stand in the order that readers of the predecessor's redirect know (contract A6). */
const succeeded = ({ source_mode, source_used, provider_count, error }: PulledView): string =>
  location({ source_mode, pull: "ok", source_used, provider_count: String(provider_count), reason: error });

const failed = ({ source_mode, error_code, error }: Record<"source_mode" | "error_code" | "error", string>): string =>
  location({ source_mode, pull: "fail", error_code, reason: error });

const checked = ({ ok, error_type, detail, status_code, latency_ms }: CheckView): string =>
  statusLocation({
    check: ok ? "ok" : "fail",
    error_type,
    detail,
    status_code: String(status_code),
    latency_ms: String(latency_ms),
  });

const statusLocation = (query: Partial<Record<CheckParameter, string>>): string =>
  `/web/status?${new URLSearchParams(query)}`;

const location = (query: Record<string, string>): string => `/web/models?${new URLSearchParams(query)}`;
