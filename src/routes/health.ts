import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { isOfForeignSite, isServedHost } from "@/http/host-guard.ts";
import { traceIdOf } from "@/http/trace.ts";
import type { Readiness } from "@/status/readiness.ts";

const HEADERS = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};

interface HealthDeps {
  allowedHosts: ReadonlySet<string>;
  readiness: Readiness;
}

/**
 * For probes: no token, no detail, and ahead of the other middleware, since they ask every few seconds and belong in
 * no log. What is not for us goes on to the guards, which refuse it.
 */
export const createHealthRoutes = ({ allowedHosts, readiness }: HealthDeps) => {
  const headersOf = (c: Context<AppEnv>) => ({ ...HEADERS, "X-Trace-Id": traceIdOf(c.req.header("x-trace-id")) });
  const isForUs = (c: Context<AppEnv>) => isServedHost(allowedHosts, c.req.header("host")) && !isOfForeignSite(c.req);
  return new Hono<AppEnv>()
    .get("/healthz", (c, next) => (isForUs(c) ? c.body('{"ok":true}', 200, headersOf(c)) : next()))
    .get("/readyz", (c, next) => {
      if (!isForUs(c)) return next();
      const reason = readiness.fault();
      return reason === undefined
        ? c.body('{"ok":true}', 200, headersOf(c))
        : c.body(JSON.stringify({ ok: false, reason }), 503, { ...headersOf(c), "Retry-After": "1" });
    });
};
