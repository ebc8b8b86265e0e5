import { Hono } from "hono";
import { AppError, toAppError } from "@/lib/errors.ts";
import { createHealthRoutes } from "@/routes/health.ts";
import type { AppEnv } from "./env.ts";
import { errorResponse } from "./errors.ts";
import { hostGuard } from "./host-guard.ts";
import { noStore } from "./no-store.ts";
import { trace } from "./trace.ts";

interface ClosedAppDeps {
  allowedHosts: ReadonlySet<string>;
  reason: "starting" | "stopping";
}

/** What answers before the service is there, and while it goes: alive, not ready, and to anything else 503. */
export const createClosedApp = ({ allowedHosts, reason }: ClosedAppDeps): Hono<AppEnv> => {
  const app = new Hono<AppEnv>();
  app.route("/", createHealthRoutes({ allowedHosts, readiness: { fault: () => reason } }));
  app.use(trace(), noStore(), hostGuard(allowedHosts));
  app.notFound((c) => errorResponse(c, new AppError(`service_${reason}`)));
  app.onError((thrown, c) => errorResponse(c, toAppError(thrown)));
  return app;
};
