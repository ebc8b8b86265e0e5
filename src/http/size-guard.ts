import type { MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";

/** Above the largest body that a route takes; each has a limit of its own, held while it reads. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** No address of ours comes near; the server itself takes no more than 16 KiB of address and headers. */
const MAX_URL_CHARS = 8 * 1024;

/** Refuses what is too large by its own word, on every route and before any of it is read. */
export const sizeGuard = (): MiddlewareHandler<AppEnv> =>
  async function sizeGuard(c, next) {
    if (c.req.url.length > MAX_URL_CHARS) throw new AppError("uri_too_long", { limit: MAX_URL_CHARS });
    const announced = Number(c.req.header("content-length") ?? 0);
    if (announced > MAX_BODY_BYTES) throw new AppError("payload_too_large", { limit: MAX_BODY_BYTES });
    await next();
  };
