import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Audit } from "./audit/audit.ts";
import type { Clock } from "./clock.ts";
import type { PullMode } from "./config.ts";
import { type AppError, toAppError } from "./errors.ts";
import type { MemoryGate } from "./gates/memory.ts";
import type { DeepCheck } from "./gateway/deep-check.ts";
import type { Relay } from "./gateway/relay.ts";
import { accessLog } from "./http/access-log.ts";
import { bearer } from "./http/auth.ts";
import type { AppEnv } from "./http/env.ts";
import { errorResponse } from "./http/errors.ts";
import { foreignSiteGuard, hostGuard } from "./http/host-guard.ts";
import { noStore } from "./http/no-store.ts";
import { notFound } from "./http/not-found.ts";
import { createPlaces } from "./http/places.ts";
import { createRefusalRecorder } from "./http/refusals.ts";
import { sizeGuard } from "./http/size-guard.ts";
import type { Throttle } from "./http/throttle.ts";
import { trace } from "./http/trace.ts";
import { ValidationError } from "./http/validate.ts";
import type { JobService } from "./jobs/service.ts";
import type { Logger } from "./logger.ts";
import { EmptyImportError } from "./models/empty-import-error.ts";
import type { ModelService } from "./models/service.ts";
import { createApi } from "./routes/api/v1/index.ts";
import { createAssetRoutes } from "./routes/assets.ts";
import { createHealthRoutes } from "./routes/health.ts";
import { createModelPages } from "./routes/models-pages.tsx";
import { createOpenApiRoutes } from "./routes/openapi.ts";
import { createWebRoutes } from "./routes/web.tsx";
import type { Readiness } from "./status/readiness.ts";
import type { StatusService } from "./status/service.ts";

export interface AppDeps {
  apiToken: string;
  allowedHosts: ReadonlySet<string>;
  readiness: Readiness;
  status: StatusService;
  jobs: JobService;
  models: ModelService;
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
  pullMode: PullMode;
  /** Of wrong tokens, by source. */
  throttle: Throttle;
  audit: Audit;
  logger: Logger;
  clock: Clock;
}

/** Event streams and long polls; for each there is a connection, and a place in a journal. */
const MAX_OPEN_ANSWERS = 64;

/** Guards first, in the contract's order: Host, then token, then everything else. */
export const createApp = (deps: AppDeps): Hono<AppEnv> => {
  const { apiToken, allowedHosts, readiness, status, jobs, models, relay, deepCheck, memoryGate } = deps;
  const { pullMode, throttle, audit, logger, clock } = deps;
  const recordRefusal = createRefusalRecorder({ audit, nowMs: clock.monotonicMs });
  const app = new Hono<AppEnv>();

  app.route("/", createHealthRoutes({ allowedHosts, readiness }));
  app.use(
    trace(),
    accessLog({ logger, clock }),
    securityHeaders(),
    noStore(),
    hostGuard(allowedHosts),
    foreignSiteGuard(),
  );
  app.use("/api/*", bearer({ token: apiToken, throttle }));
  app.use(sizeGuard());

  app.route("/", createWebRoutes({ status, deepCheck, memoryGate, recordRefusal }));
  app.route("/", createModelPages({ models, memoryGate, pullMode, recordRefusal }));
  app.route("/assets", createAssetRoutes());
  app.route("/", createOpenApiRoutes({ routes: () => app.routes }));
  const openAnswers = createPlaces(MAX_OPEN_ANSWERS);
  app.route("/api/v1", createApi({ status, models, jobs, relay, deepCheck, memoryGate, openAnswers }));

  app.notFound(notFound(app));
  app.onError((thrown, c) => {
    const error = toAppError(thrown);
    if (error.cause) logger.error({ err: error.cause, trace_id: c.var.traceId }, error.code);
    else recordRefusal(c, error);
    return errorResponse(c, error, extraKeysOf(error));
  });
  return app;
};

const extraKeysOf = (error: AppError): object => {
  if (error instanceof ValidationError) return { detail: error.faults };
  return error instanceof EmptyImportError ? error.report : {};
};

/** One policy for every answer: pages load nothing but our stylesheet and icon, and run no script. */
const securityHeaders = () =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: "DENY",
    // Stricter ones make browsers send `Origin: null` with our own forms, which the origin guard refuses.
    referrerPolicy: "same-origin",
    strictTransportSecurity: false,
  });
