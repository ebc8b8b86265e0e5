import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** The success envelope around a route's own keys. */
export const ok = <Body extends object>(c: Context<AppEnv>, body: Body) =>
  c.json({ ok: true, trace_id: c.var.requestId, ...body });

/** Hides a reply in another format, chosen by a query parameter, from the types of the client, which never chooses it. */
export const inOtherForm = (response: Response): never => response as never;
