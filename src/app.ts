import { Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { accessLog } from "./http/access-log.ts";
import { bearer } from "./http/auth.ts";
import type { AppEnv } from "./http/env.ts";
import { errorResponse } from "./http/errors.ts";
import { foreignSiteGuard, hostGuard } from "./http/host-guard.ts";
import { noStore } from "./http/no-store.ts";
import { notFound } from "./http/not-found.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { sizeGuard } from "./http/size-guard.ts";
import { trace } from "./http/trace.ts";
import { ValidationError } from "./http/validate.ts";
import type { Clock } from "./lib/clock.ts";
import { type AppError, toAppError } from "./lib/errors.ts";
import type { Logger } from "./lib/logger.ts";
import type { Exposition } from "./metrics/exposition.ts";
import type { MetricsRecorder } from "./metrics/recorder.ts";
import { EmptyImportError } from "./models/service.ts";
import { createApi } from "./routes/api/v1/index.ts";
import { createAssetRoutes } from "./routes/assets.ts";
import { createAuditPage } from "./routes/audit-page.ts";
import { errorPage, wantsPage } from "./routes/error-page.ts";
import { createHealthRoutes } from "./routes/health.ts";
import { createJobPage } from "./routes/jobs/job.ts";
import { createJobListPages } from "./routes/jobs/list.ts";
import { createJobSubmitPages } from "./routes/jobs/submit.ts";
import { createLoginRoutes } from "./routes/login.ts";
import { createMetricsRoutes } from "./routes/metrics.ts";
import { createModelPages } from "./routes/models-pages.ts";
import { createOpenApiRoutes } from "./routes/openapi.ts";
import { createWebRoutes } from "./routes/web.ts";

/** What a router or a guard asks for: each names it itself, beside its use. */
type ServicesOf<Factory extends (services: never) => unknown> = Parameters<Factory>[0];

export type AppServices = ServicesOf<typeof createHealthRoutes> &
  ServicesOf<typeof createWebRoutes> &
  ServicesOf<typeof createModelPages> &
  ServicesOf<typeof createLoginRoutes> &
  ServicesOf<typeof createJobListPages> &
  ServicesOf<typeof createJobSubmitPages> &
  ServicesOf<typeof createAuditPage> &
  ServicesOf<typeof createJobPage> &
  ServicesOf<typeof createApi> & {
    metrics: { recorder: MetricsRecorder; exposition: Exposition };
    logger: Logger;
    clock: Clock;
  };

/** Guards first, in the contract's order: Host, then token, then everything else. */
export const createApp = (services: AppServices): Hono<AppEnv> => {
  const { apiToken, allowedHosts, throttle, metrics, frameOf, recordRefusal, logger, clock } = services;
  // Named, since Hono falls back to one at a third of its speed when a path does not fit: no fixed name stands beside a
  // parameter (`/web/jobs/:jobId`, hence `/web/new-job`).
  const app = new Hono<AppEnv>({ router: new RegExpRouter() });

  app.route("/", createHealthRoutes(services));
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

  app.route("/", createWebRoutes(services));
  app.route("/", createModelPages(services));
  app.route("/", createLoginRoutes(services));
  app.route("/", createJobListPages(services));
  app.route("/", createJobSubmitPages(services));
  app.route("/", createAuditPage(services));
  app.route("/", createJobPage(services));
  app.route("/assets", createAssetRoutes());
  app.route("/", createOpenApiRoutes({ routes: () => app.routes }));
  app.route("/", createMetricsRoutes(metrics));
  app.route("/api/v1", createApi(services));

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
