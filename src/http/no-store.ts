import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./env.ts";

/** Nothing we say is for a cache to keep, unless the route itself says otherwise. */
export const noStore = (): MiddlewareHandler<AppEnv> =>
  async function noStore(c, next) {
    await next();
    const { headers } = c.res;
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  };
