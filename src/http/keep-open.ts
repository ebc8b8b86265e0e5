import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./env.ts";

/** The server's idle limit must not cut an answer that a model thinks about; the route has timeouts of its own. */
export const keepOpen = (): MiddlewareHandler<AppEnv> =>
  async function keepOpen(c, next) {
    c.env?.keepOpen?.();
    await next();
  };
