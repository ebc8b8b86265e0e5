import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import type { MetricsRecorder } from "@/metrics/recorder.ts";
import type { AppEnv } from "./env.ts";
import { type RecordLimit, shortPath } from "./record-limit.ts";

interface AccessLogDeps {
  logger: Logger;
  count: MetricsRecorder["noteRequest"];
  redact: (text: string) => string;
  limit: RecordLimit;
  clock: Clock;
}

/** Counts each request, and logs what the limit admits, without the query string, which may hold secrets. */
export const accessLog = ({ logger, count, redact, limit, clock }: AccessLogDeps): MiddlewareHandler<AppEnv> =>
  async function accessLog(c, next) {
    const startedAt = clock.monotonicMs();
    await next();
    const durationMs = clock.monotonicMs() - startedAt;
    const { method } = c.req;
    count(method, routeOf(c), c.res.status, durationMs / 1000);
    const admitted = limit.admit(c);
    if (!admitted) return;
    logger.info(
      {
        trace_id: c.var.requestId,
        method,
        path: shortPath(c.req.path, redact),
        status: c.res.status,
        duration_ms: Math.round(durationMs * 10) / 10,
        ...admitted,
      },
      "request",
    );
  };

/** The pattern of the matched route, never the path itself. Middleware is registered for every method, "ALL". */
const routeOf = (c: Context<AppEnv>): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "unmatched";
