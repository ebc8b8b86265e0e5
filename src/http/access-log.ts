import type { MiddlewareHandler } from "hono";
import type { Clock } from "@/clock.ts";
import type { Logger } from "@/logger.ts";
import type { AppEnv } from "./env.ts";

/** One line per request. The query string is left out: it is the caller's, and may hold anything. */
export const accessLog = ({ logger, clock }: { logger: Logger; clock: Clock }): MiddlewareHandler<AppEnv> =>
  async function accessLog(c, next) {
    const startedAt = clock.monotonicMs();
    await next();
    logger.info(
      {
        trace_id: c.var.traceId,
        method: c.req.method,
        path: c.req.path.slice(0, 256),
        status: c.res.status,
        duration_ms: Math.round((clock.monotonicMs() - startedAt) * 10) / 10,
      },
      "request",
    );
  };
