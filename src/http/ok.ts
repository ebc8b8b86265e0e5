import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** The success envelope around a route's own keys. */
export const ok = <Body extends object>(c: Context<AppEnv>, body: Body) =>
  c.json({ ok: true, trace_id: c.get("traceId"), ...body });

/** An answer that is no JSON, for who asked for it by a parameter: out of sight of the typed client, which asks for none. */
export const inOtherForm = (response: Response): never => response as never;
