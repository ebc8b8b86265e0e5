import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { isAllowedHost, isFromForeignSite } from "@/http/host-guard.ts";
import type { Exposition } from "@/metrics/exposition.ts";
import { CONTENT_TYPE } from "@/metrics/instruments.ts";
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
 * Probes, ahead of authentication and of the access log, which they would fill. Requests that are not for this service
 * go on to the guards, which reject them.
 */
export const createHealthRoutes = ({ allowedHosts, readiness }: HealthDeps) => {
  const isForUs = ({ req }: Context<AppEnv>) =>
    isAllowedHost(allowedHosts, req.header("host")) && !isFromForeignSite(req);
  return new Hono<AppEnv>()
    .get("/healthz", (c, next) => (isForUs(c) ? c.body('{"ok":true}', 200, HEADERS) : next()))
    .get("/readyz", (c, next) => {
      if (!isForUs(c)) return next();
      const reason = readiness.fault();
      return reason === undefined
        ? c.body('{"ok":true}', 200, HEADERS)
        : c.body(JSON.stringify({ ok: false, reason }), 503, { ...HEADERS, "Retry-After": "1" });
    });
};

export const createMetricsRoutes = ({ exposition }: { exposition: Exposition }) =>
  new Hono<AppEnv>().get("/metrics", async (c) => c.body(await exposition(), 200, { "Content-Type": CONTENT_TYPE }));
