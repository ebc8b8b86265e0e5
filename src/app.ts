import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import type { Audit } from "./audit/audit.ts";
import type { AuditReader } from "./audit/reader.ts";
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
import { securityHeaders } from "./http/security-headers.ts";
import { sizeGuard } from "./http/size-guard.ts";
import type { Throttle } from "./http/throttle.ts";
import { trace } from "./http/trace.ts";
import { ValidationError } from "./http/validate.ts";
import type { WebAuthGuards } from "./http/web-auth.ts";
import { newTraceId } from "./ids.ts";
import type { JobService } from "./jobs/service.ts";
import type { LiveHub } from "./live/hub.ts";
import type { Logger } from "./logger.ts";
import type { Exposition } from "./metrics/exposition.ts";
import type { MetricsRecorder } from "./metrics/recorder.ts";
import { EmptyImportError } from "./models/empty-import-error.ts";
import type { ModelService } from "./models/service.ts";
import { createApi } from "./routes/api/v1/index.ts";
import { createAssetRoutes } from "./routes/assets.ts";
import { createAuditPage } from "./routes/audit-page.ts";
import { errorPage, wantsPage } from "./routes/error-page.ts";
import { createFrames } from "./routes/frame.ts";
import { createHealthRoutes } from "./routes/health.ts";
import { createJobPage } from "./routes/jobs/job.ts";
import { createJobListPages } from "./routes/jobs/list.ts";
import { createJobSubmitPages, type JobSubmitDeps } from "./routes/jobs/submit.ts";
import { createLoginRoutes } from "./routes/login.ts";
import { createMetricsRoutes } from "./routes/metrics.ts";
import { createModelPages } from "./routes/models-pages.ts";
import { createOpenApiRoutes } from "./routes/openapi.ts";
import { createWebRoutes } from "./routes/web.ts";
import type { Readiness } from "./status/readiness.ts";
import type { StatusService } from "./status/service.ts";

export interface AppDeps {
  apiToken: string;
  allowedHosts: ReadonlySet<string>;
  readiness: Readiness;
  metrics: { recorder: MetricsRecorder; exposition: Exposition };
  status: StatusService;
  jobs: JobService;
  models: ModelService;
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
  webAuth: WebAuthGuards;
  live: LiveHub;
  jobLimits: JobSubmitDeps["jobLimits"];
  pullMode: PullMode;
  /** Of wrong tokens, by source. */
  throttle: Throttle;
  audit: Audit;
  auditReader: AuditReader;
  logger: Logger;
  clock: Clock;
}

/** Event streams and long polls; for each there is a connection, and a place in a journal. */
const MAX_OPEN_ANSWERS = 64;

/** Guards first, in the contract's order: Host, then token, then everything else. */
export const createApp = (deps: AppDeps): Hono<AppEnv> => {
  const { apiToken, allowedHosts, readiness, status, jobs, models, relay, deepCheck, memoryGate } = deps;
  const { metrics, webAuth, live, pullMode, throttle, audit, logger, clock } = deps;
  const recordRefusal = createRefusalRecorder({ audit, count: metrics.recorder.noteRefusal, nowMs: clock.monotonicMs });
  const frameOf = createFrames(clock);
  const onNews = (listener: () => void) => {
    const stops = [jobs.onNews(listener), audit.onRecord(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };
  const pages = { webAuth, frameOf, recordRefusal };
  // Named, since Hono falls back to one at a third of its speed when a path does not fit: no fixed name stands beside a
  // parameter (`/web/jobs/:jobId`, hence `/web/new-job`).
  const app = new Hono<AppEnv>({ router: new RegExpRouter() });

  app.route("/", createHealthRoutes({ allowedHosts, readiness }));
  app.use(
    trace(),
    accessLog({ logger, count: metrics.recorder.noteRequest, clock }),
    securityHeaders(),
    noStore(),
    hostGuard(allowedHosts),
    foreignSiteGuard(),
  );
  for (const path of ["/api/*", "/metrics/*"]) app.use(path, bearer({ token: apiToken, throttle }));
  app.use(sizeGuard());

  app.route("/", createWebRoutes({ ...pages, status, deepCheck, memoryGate, onNews, live }));
  app.route("/", createModelPages({ ...pages, models, memoryGate, pullMode }));
  app.route("/", createLoginRoutes({ ...pages, apiToken, throttle, audit }));
  app.route("/", createJobListPages({ ...pages, jobs, live }));
  app.route("/", createJobSubmitPages({ ...pages, jobs, jobLimits: deps.jobLimits, newKey: newTraceId }));
  app.route("/", createAuditPage({ ...pages, audit, auditReader: deps.auditReader, live }));
  app.route("/", createJobPage({ ...pages, jobs, live }));
  app.route("/assets", createAssetRoutes());
  app.route("/", createOpenApiRoutes({ routes: () => app.routes }));
  app.route("/", createMetricsRoutes(metrics));
  const openAnswers = createPlaces(MAX_OPEN_ANSWERS);
  app.route("/api/v1", createApi({ status, models, jobs, relay, deepCheck, memoryGate, openAnswers }));

  app.notFound(notFound(app));
  app.onError((thrown, c) => {
    const error = toAppError(thrown);
    if (error.cause) logger.error({ err: error.cause, trace_id: c.var.traceId }, error.code);
    else recordRefusal(c, error);
    const plain = () => errorResponse(c, error, extraKeysOf(error));
    return wantsPage(c) ? errorPage(c, error, frameOf).catch(plain) : plain();
  });
  return app;
};

const extraKeysOf = (error: AppError): object => {
  if (error instanceof ValidationError) return { detail: error.faults };
  return error instanceof EmptyImportError ? error.report : {};
};
