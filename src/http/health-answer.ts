import { isServedHost } from "./host-guard.ts";
import { traceIdOf } from "./trace.ts";

export const HEALTH_PATH = "/healthz";

/** What a browser adds to its requests; those take the way through the guards. */
const OF_BROWSERS = ["origin", "sec-fetch-site"];

/** The liveness probe without the router: it is asked for as long as the service lives, and by programs. */
export const createHealthAnswer =
  (allowedHosts: ReadonlySet<string>) =>
  ({ headers }: Request): Response | undefined => {
    if (OF_BROWSERS.some((name) => headers.has(name))) return undefined;
    if (!isServedHost(allowedHosts, headers.get("host") ?? undefined)) return undefined;
    return new Response('{"ok":true}', {
      headers: {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Trace-Id": traceIdOf(headers.get("x-trace-id") ?? undefined),
      },
    });
  };
