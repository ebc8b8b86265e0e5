import { type Context, Hono } from "hono";
import type { RouterRoute } from "hono/types";
import type { AppEnv } from "@/http/env.ts";
import { DocsPage } from "@/views/docs-page.tsx";
import { html, type PageDeps } from "./page.ts";

interface DocsDeps extends PageDeps {
  /** All routes of the app, which the OpenAPI document describes. */
  routes: () => readonly RouterRoute[];
}

export const createDocsRoutes = ({ webAuth, frameOf, routes }: DocsDeps) => {
  // Built once, since it takes 10 ms and anybody may request it; on request, since its schemas take memory.
  let json: string | undefined;
  const openApi = async (c: Context<AppEnv>) => {
    const { buildDocument } = await import("@/openapi/document.ts");
    json ??= JSON.stringify(buildDocument(routes()));
    return c.body(json, 200, { "Content-Type": "application/json" });
  };
  return new Hono<AppEnv>()
    .on("GET", ["/openapi.json", "/api/v1/openapi.json"], openApi)
    .on("GET", ["/docs", "/redoc", "/docs/oauth2-redirect"], webAuth.anyone, async (c) => {
      return html(c, DocsPage({ origin: new URL(c.req.url).origin, frame: frameOf(c) }));
    });
};
