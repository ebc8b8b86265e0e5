import { type Context, Hono } from "hono";
import { RegExpRouter } from "hono/router/reg-exp-router";
import type { Container } from "./container.ts";
import { bearer } from "./http/auth.ts";
import { sizeGuard } from "./http/body.ts";
import type { AppEnv } from "./http/env.ts";
import { errorResponse } from "./http/errors.ts";
import { foreignSiteGuard, type HostGuardOptions, hostGuard } from "./http/host-guard.ts";
import { noStore, requestLocale, securityHeaders, takeTurns, traceId } from "./http/middleware.ts";
import { methodNotAllowed, notFound } from "./http/not-found.ts";
import { ValidationError } from "./http/validate.ts";
import { AppError, toAppError } from "./lib/errors.ts";
import { EmptyImportError } from "./models/service.ts";
import { createApi } from "./routes/api/v1/index.ts";
import { createAssetRoutes } from "./routes/assets.ts";
import { createAuditPage } from "./routes/audit-page.ts";
import { createDocsRoutes } from "./routes/docs.ts";
import { createJobPages } from "./routes/job-pages.ts";
import { createLoginRoutes } from "./routes/login.ts";
import { createModelPages } from "./routes/models-pages.ts";
import { createHealthRoutes, createMetricsRoutes } from "./routes/monitoring.ts";
import { barePage, errorPage, pageLocale, wantsPage } from "./routes/page.ts";
import { createWebRoutes } from "./routes/web.ts";
import { bareStyleHash } from "./views/error-page.tsx";

/** Guards first, in the contract's order: Host, then token, then the rest. Each router declares what it takes. */
export const createApp = (services: Container): Hono<AppEnv> => {
  const { apiToken, throttle, metrics, frameOf, accessLog, recordRefusal, logError, redact, logFile, turns } = services;
  // The default router falls back to a slower one for paths that this one cannot take, such as a fixed name beside a
  // parameter; hence `/web/new-job` beside `/web/jobs/:jobId`.
  const app = new Hono<AppEnv>({ router: new RegExpRouter() });

  const answer = (c: Context<AppEnv>, error: AppError): Response =>
    wantsPage(c) ? errorPage(c, error, { frameOf, logFile }) : errorResponse(c, error, extraKeysOf(error));

  app.use(traceId(redact));
  app.route("/", createHealthRoutes(services));
  app.use(
    requestLocale(),
    accessLog,
    takeTurns(turns),
    securityHeaders(bareStyleHash),
    noStore(),
    hostGuard(services),
    foreignSiteGuard(),
  );
  for (const path of ["/api/*", "/metrics/*"]) app.use(path, bearer({ token: apiToken, throttle }));
  app.use(sizeGuard(), methodNotAllowed(app, answer));
  for (const path of ["/", "/web/*", "/docs/*", "/redoc"]) app.use(path, pageLocale());

  app.route("/", createWebRoutes(services));
  app.route("/", createModelPages(services));
  app.route("/", createLoginRoutes(services));
  app.route("/", createAuditPage(services));
  app.route("/", createJobPages(services));
  app.route("/assets", createAssetRoutes());
  app.route("/", createDocsRoutes({ ...services, routes: () => app.routes, send: app.fetch }));
  app.route("/", createMetricsRoutes(metrics));
  app.route("/api/v1", createApi(services));

  app.notFound(notFound(app, answer));
  app.onError((thrown, c) => {
    const error = toAppError(thrown);
    if (error.cause) logError(c, error);
    else recordRefusal(c, error);
    return answer(c, error);
  });
  return app;
};

const extraKeysOf = (error: AppError): object => {
  if (error instanceof ValidationError) return { detail: error.faults };
  return error instanceof EmptyImportError ? error.report : {};
};

type Unavailable = HostGuardOptions & { reason: "starting" | "stopping" };

/** Serves before the start is complete and during shutdown: alive, not ready, 503 for everything else. */
export const createUnavailableApp = ({ reason, ...hosts }: Unavailable): Hono<AppEnv> => {
  const app = new Hono<AppEnv>().use(traceId(hosts.redact));
  app.route("/", createHealthRoutes({ ...hosts, readiness: { fault: () => reason } }));
  app.use(requestLocale(), noStore(), hostGuard(hosts));
  const answer = (c: Context<AppEnv>, error: AppError): Response =>
    wantsPage(c) ? barePage(c, error) : errorResponse(c, error);
  app.notFound((c) => answer(c, new AppError(`service_${reason}`)));
  app.onError((thrown, c) => answer(c, toAppError(thrown)));
  return app;
};
