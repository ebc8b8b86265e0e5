import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import type { RequestFigures } from "@/metrics/recorder.ts";
import type { AppEnv } from "./env.ts";

interface AccessLogDeps {
  logger: Logger;
  count: (figures: RequestFigures) => void;
  clock: Clock;
}

/**
 * One line per request, and its place in the metrics. The query string is left out: it is the caller's, and may hold
 * anything. The answer leaves when its line is written, so that those of one tick leave together: under load that
 * halves what a request costs, the kernel's share included.
 */
export const accessLog = ({ logger, count, clock }: AccessLogDeps): MiddlewareHandler<AppEnv> =>
  async function accessLog(c, next) {
    const startedAt = clock.monotonicMs();
    await next();
    const durationMs = clock.monotonicMs() - startedAt;
    const { method } = c.req;
    count({ method, route: routeOf(c), status: c.res.status, seconds: durationMs / 1000 });
    await logger.infoByTick(
      {
        trace_id: c.get("traceId"),
        method,
        path: c.req.path.slice(0, 256),
        status: c.res.status,
        duration_ms: Math.round(durationMs * 10) / 10,
      },
      "request",
    );
  };

/** The pattern of the route that the path names; middleware is registered for every method, "ALL". */
const routeOf = (c: Context<AppEnv>): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "unmatched";
