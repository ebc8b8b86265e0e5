import { type Context, Hono } from "hono";
import type { RouterRoute } from "hono/types";
import { readForm, textOf } from "@/http/body.ts";
import type { AppEnv } from "@/http/env.ts";
import { originGuard } from "@/http/host-guard.ts";
import { keepOpen } from "@/http/middleware.ts";
import { AppError } from "@/lib/errors.ts";
import type { Operation } from "@/openapi/operations.ts";
import type { ApiDocument } from "@/views/docs/schema-text.ts";
import type { Tried } from "@/views/docs-page.tsx";
import { html, type PageDeps } from "./page.ts";

interface DocsDeps extends PageDeps {
  apiToken: string;
  /** All routes of the app, which the OpenAPI document describes. */
  routes: () => readonly RouterRoute[];
  /** Sends a request through all guards of the app. */
  send: (request: Request, env: AppEnv["Bindings"]) => Response | Promise<Response>;
}

const MAX_FORM_BYTES = 512 * 1024;
const MAX_ANSWER_CHARS = 64 * 1024;

export const createDocsRoutes = ({ apiToken, webAuth, frameOf, routes, send }: DocsDeps) => {
  // On request, since its schemas take memory, and once: it takes 10 ms, and anybody may request it.
  const load = async () => {
    const { buildDocument } = await import("@/openapi/document.ts");
    return JSON.stringify(buildDocument(routes()));
  };
  let loading: ReturnType<typeof load> | undefined;
  const documentJson = () => (loading ??= load());
  const page = async (c: Context<AppEnv>, tried?: Tried) => {
    const [json, { DocsPage }] = await Promise.all([documentJson(), import("@/views/docs-page.tsx")]);
    const document: ApiDocument = JSON.parse(json);
    const text = (c.req.query("text") ?? "").slice(0, 100);
    return html(c, DocsPage({ document, origin: new URL(c.req.url).origin, text, tried, frame: frameOf(c) }));
  };

  return new Hono<AppEnv>()
    .on("GET", ["/openapi.json", "/api/v1/openapi.json"], async (c) =>
      c.body(await documentJson(), 200, { "Content-Type": "application/json" }),
    )
    .on("GET", ["/docs", "/redoc", "/docs/oauth2-redirect"], webAuth.anyone, (c) => page(c))
    .post("/web/try", originGuard(), webAuth.member, async (c) => {
      keepOpen(c);
      const form = await readForm(c, { maxBytes: MAX_FORM_BYTES });
      const { operations } = await import("@/openapi/operations.ts");
      const operation = operations.find(({ id, isStream }) => id === textOf(form, "operation") && !isStream);
      if (!operation) throw new AppError("not_found");
      const values = Object.fromEntries([...form].map(([name]) => [name, textOf(form, name)]));
      const response = await send(requestOf(c, operation, values, apiToken), c.env);
      const text = shown(await response.text());
      return page(c, { id: operation.id, status: response.status, text, values });
    });
};

const requestOf = (c: Context<AppEnv>, { method, path, body }: Operation, values: Tried["values"], token: string) => {
  const given = (place: string) =>
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      name.startsWith(`${place}.`) && value !== "" ? [[name.slice(place.length + 1), value]] : [],
    );
  const names = Object.fromEntries(given("path"));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ""));
  const headers = new Headers(given("header").map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, "")]));
  headers.set("Authorization", `Bearer ${token}`);
  headers.set("Host", c.req.header("host") ?? "");
  headers.set("Accept-Language", c.var.locale);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const { origin } = new URL(c.req.url);
  const url = `${origin}${filled}?${new URLSearchParams(given("query"))}`;
  return new Request(url, {
    method,
    headers,
    ...(body !== undefined && { body: values.body ?? "" }),
    signal: c.req.raw.signal,
  });
};

/** JSON indented; the rest as it is, cut. */
const shown = (text: string): string => {
  const short = text.slice(0, MAX_ANSWER_CHARS);
  if (short.length < text.length || !/^[[{]/.test(text)) return short;
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, MAX_ANSWER_CHARS);
  } catch {
    return short;
  }
};
