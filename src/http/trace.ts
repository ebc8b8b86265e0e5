import type { MiddlewareHandler } from "hono";
import { newTraceId } from "@/lib/ids.ts";
import { negotiateLocale } from "@/locales/locale.ts";
import type { AppEnv } from "./env.ts";

const ACCEPTABLE = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's `X-Trace-Id` when it is harmless, else a fresh one. */
export const traceIdOf = (given = ""): string => (ACCEPTABLE.test(given) ? given : newTraceId());

/** Names the request; the name is echoed on every response. */
export const trace = (): MiddlewareHandler<AppEnv> =>
  async function trace(c, next) {
    const traceId = traceIdOf(c.req.header("x-trace-id"));
    c.set("traceId", traceId);
    c.set("locale", negotiateLocale(c.req.header("accept-language")));
    await next();
    c.res.headers.set("X-Trace-Id", traceId);
  };
