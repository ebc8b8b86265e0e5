import type { Context } from "hono";
import type { Audit } from "@/audit/audit.ts";
import type { AppError, ErrorCode } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";
import { wireCodeOf } from "./errors.ts";

/** A flood of refusals must not rotate other records out of the log. */
const MAX_PER_WINDOW = 60;
const WINDOW_MS = 60_000;

/** The category and type that the audit log uses for the same request when it is accepted. */
const ACTIONS: readonly { path: RegExp; category: string; type: string }[] = [
  { path: /^\/api\/v1\/models\/import-astr$/, category: "model_sync", type: "import_astr_models" },
  { path: /^\/api\/v1\/models\/pull-astr$/, category: "model_sync", type: "pull_astr_models" },
  { path: /^\/api\/v1\/responses$/, category: "gateway", type: "relay" },
  { path: /^\/api\/v1\/gateway\/check$/, category: "gateway", type: "deep_check" },
  { path: /^\/web\/login$/, category: "web", type: "login" },
  { path: /^\/web\/gateway\/check$/, category: "gateway", type: "deep_check" },
  { path: /^\/web\/models\/pull-astr$/, category: "model_sync", type: "pull_astr_models_web" },
  { path: /^\/web\/models\/import(?:\/confirm)?$/, category: "model_sync", type: "import_astr_models_web" },
  { path: /^\/api\/v1\/executor\/jobs$/, category: "host_exec", type: "backend_exec_job" },
  { path: /^\/api\/v1\/executor\/resume$/, category: "host_exec", type: "resume_backend_exec_jobs" },
  { path: /^\/api\/v1\/executor\/jobs\/[^/]+\/cancel$/, category: "host_exec", type: "cancel_backend_exec_job" },
];

interface RefusalRecorderDeps {
  audit: Audit;
  /** Called for every refusal, recorded or not. */
  count: (code: ErrorCode) => void;
  nowMs: () => number;
}

/** Records refused requests in the audit log (contract), at most `MAX_PER_WINDOW` a minute; the rest are counted. */
export const createRefusalRecorder = ({ audit, count, nowMs }: RefusalRecorderDeps) => {
  let windowStart = Number.NEGATIVE_INFINITY;
  let recorded = 0;
  let suppressed = 0;

  return (c: Context<AppEnv>, error: AppError): void => {
    count(error.code);
    if (nowMs() - windowStart >= WINDOW_MS) {
      windowStart = nowMs();
      recorded = 0;
    }
    if (++recorded > MAX_PER_WINDOW) {
      suppressed++;
      return;
    }
    const path = c.req.path.slice(0, 256);
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
      params: { method: c.req.method, path, ...(suppressed > 0 && { suppressed_before: suppressed }) },
    });
    suppressed = 0;
  };
};
