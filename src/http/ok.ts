import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

/** The success envelope around a route's own keys. */
export const ok = <Body extends object>(c: Context<AppEnv>, body: Body) =>
  c.json({ ok: true, trace_id: c.get("traceId"), ...body });

/** The same from the JSON text of the keys, `{...}`, that somebody keeps. A trace id needs no escapes (`trace.ts`). */
export const okText = <Body extends object>(c: Context<AppEnv>, text: string): ReturnType<typeof ok<Body>> =>
  c.body(`{"ok":true,"trace_id":"${c.get("traceId")}",${text.slice(1)}`, 200, JSON_TYPE) as never;

/** An answer that is no JSON, for who asked for it by a parameter: out of sight of the typed client, which asks for none. */
export const inOtherForm = (response: Response): never => response as never;
