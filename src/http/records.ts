import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Audit } from "@/audit/audit.ts";
import type { Clock } from "@/lib/clock.ts";
import type { AppError } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import type { MetricsRecorder } from "@/metrics/recorder.ts";
import { sourceOf } from "./auth.ts";
import type { AppEnv } from "./env.ts";
import { wireCodeOf } from "./errors.ts";

/** A source may write this many records at once, then one every ten seconds; all sources together four times that. */
const BURST = 60;
const REFILL_MS = 10_000;
const SOURCES_AT_ONCE = 4;
const MAX_SOURCES = 256;

interface Bucket {
  left: number;
  atMs: number;
}

/**
 * Bounds the records that anybody can cause, so that a flood of requests does not rotate the others out of a log. What
 * is left out is counted in the next record.
 * @param boundsClients whether those who have shown the token or a session are bounded too, all as one source.
 */
export const createRecordLimit = ({ clock, boundsClients }: { clock: Clock; boundsClients: boolean }) => {
  const all: Bucket = { left: BURST * SOURCES_AT_ONCE, atMs: clock.monotonicMs() };
  /** Least recently used first. */
  const sources = new Map<string, Bucket>();
  let suppressed = 0;

  const refill = (bucket: Bucket, share: number): Bucket => {
    const nowMs = clock.monotonicMs();
    bucket.left = Math.min(BURST * share, bucket.left + ((nowMs - bucket.atMs) / REFILL_MS) * share);
    bucket.atMs = nowMs;
    return bucket;
  };

  const bucketOf = (source: string): Bucket => {
    const [oldest] = sources.keys();
    if (sources.size >= MAX_SOURCES && oldest !== undefined && !sources.has(source)) sources.delete(oldest);
    const bucket = refill(sources.get(source) ?? { left: BURST, atMs: clock.monotonicMs() }, 1);
    sources.delete(source);
    sources.set(source, bucket);
    return bucket;
  };

  const bucketsOf = (c: Context<AppEnv>): Bucket[] => {
    if (!c.var.isAuthenticated) return [refill(all, SOURCES_AT_ONCE), bucketOf(sourceOf(c))];
    return boundsClients ? [bucketOf("clients")] : [];
  };

  return {
    /** @returns what to add to the record; undefined when it is not to be written. */
    admit(c: Context<AppEnv>): { suppressed_before?: number } | undefined {
      const needed = bucketsOf(c);
      if (needed.some(({ left }) => left < 1)) {
        suppressed++;
        return undefined;
      }
      for (const bucket of needed) bucket.left--;
      const before = suppressed;
      suppressed = 0;
      return before > 0 ? { suppressed_before: before } : {};
    },
  };
};

const MAX_PATH_CHARS = 256;

/** Masked before it is cut, so that no part of a secret is left. */
export const shortPath = (path: string, redact: (text: string) => string): string =>
  redact(path.slice(0, 2 * MAX_PATH_CHARS)).slice(0, MAX_PATH_CHARS);

/** The pattern of the matched route, never the path itself. Middleware is registered for every method, "ALL". */
const routeOf = (c: Context<AppEnv>): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "unmatched";

/** The category and type that the audit log uses for the same request when it is accepted. */
const ACTIONS: readonly { path: RegExp; category: string; type: string }[] = [
  { path: /^\/api\/v1\/models\/import-astr$/, category: "model_sync", type: "import_astr_models" },
  { path: /^\/api\/v1\/models\/pull-astr$/, category: "model_sync", type: "pull_astr_models" },
  { path: /^\/api\/v1\/responses$/, category: "gateway", type: "relay" },
  { path: /^\/web\/login$/, category: "web", type: "login" },
  { path: /^\/(?:api\/v1|web)\/gateway\/check$/, category: "gateway", type: "deep_check" },
  { path: /^\/web\/models\/pull-astr$/, category: "model_sync", type: "pull_astr_models_web" },
  { path: /^\/web\/models\/import(?:\/confirm)?$/, category: "model_sync", type: "import_astr_models_web" },
  { path: /^\/api\/v1\/executor\/jobs$/, category: "host_exec", type: "backend_exec_job" },
  { path: /^\/api\/v1\/executor\/resume$/, category: "host_exec", type: "resume_backend_exec_jobs" },
  { path: /^\/api\/v1\/executor\/jobs\/[^/]+\/cancel$/, category: "host_exec", type: "cancel_backend_exec_job" },
];

interface RequestRecordsDeps {
  audit: Audit;
  logger: Logger;
  recorder: Pick<MetricsRecorder, "noteRequest" | "noteRefusal">;
  redact: (text: string) => string;
  clock: Clock;
}

/** Counts every request and every refusal; writes of them what the limits admit. */
export const createRequestRecords = ({ audit, logger, recorder, redact, clock }: RequestRecordsDeps) => {
  const logLimit = createRecordLimit({ clock, boundsClients: false });
  const auditLimit = createRecordLimit({ clock, boundsClients: true });

  const accessLog: MiddlewareHandler<AppEnv> = async (c, next) => {
    const startedAt = clock.monotonicMs();
    await next();
    const durationMs = clock.monotonicMs() - startedAt;
    const { method } = c.req;
    recorder.noteRequest(method, routeOf(c), c.res.status, durationMs / 1000);
    const admitted = logLimit.admit(c);
    if (!admitted) return;
    // Without the query string, which may hold secrets.
    const path = shortPath(c.req.path, redact);
    const duration_ms = Math.round(durationMs * 10) / 10;
    logger.info({ trace_id: c.var.requestId, method, path, status: c.res.status, duration_ms, ...admitted }, "request");
  };

  /** Into the audit log (contract). */
  const recordRefusal = (c: Context<AppEnv>, error: AppError): void => {
    recorder.noteRefusal(error.code);
    const admitted = auditLimit.admit(c);
    if (!admitted) return;
    const path = shortPath(c.req.path, redact);
    const action = ACTIONS.find((known) => known.path.test(path)) ?? { category: "http", type: "request" };
    audit.record({
      traceId: c.var.requestId,
      category: action.category,
      type: action.type,
      status: "refused",
      errorCode: wireCodeOf(error.code),
      error: error.code,
      denied: true,
      reason: "request_refused",
      params: { method: c.req.method, path, ...admitted },
    });
  };

  const logError = (c: Context<AppEnv>, error: AppError): void => {
    if (logLimit.admit(c)) logger.error({ err: error.cause, trace_id: c.var.requestId }, error.code);
  };

  return { accessLog, recordRefusal, logError };
};
