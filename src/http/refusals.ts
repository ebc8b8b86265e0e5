import type { Context } from "hono";
import type { Audit } from "@/audit/audit.ts";
import type { Clock } from "@/lib/clock.ts";
import type { AppError, ErrorCode } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";
import { wireCodeOf } from "./errors.ts";
import { createRecordLimit, shortPath } from "./record-limit.ts";

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

interface RefusalRecorderDeps {
  audit: Audit;
  /** Called for every refusal, recorded or not. */
  count: (code: ErrorCode) => void;
  redact: (text: string) => string;
  clock: Clock;
}

/** Records refused requests in the audit log (contract), as far as the limit admits them. */
export const createRefusalRecorder = ({ audit, count, redact, clock }: RefusalRecorderDeps) => {
  const limit = createRecordLimit({ clock, ofClients: "bounded" });

  return (c: Context<AppEnv>, error: AppError): void => {
    count(error.code);
    const admitted = limit.admit(c);
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
};
