import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppError, ErrorCode } from "@/lib/errors.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { AppEnv } from "./env.ts";

interface HttpError {
  status: ContentfulStatusCode;
  /** The contract's code where it covers several of ours. */
  wireCode?: string;
  retryAfterSeconds?: number;
}

const httpErrors: Readonly<Record<ErrorCode, HttpError>> = {
  auth_not_configured: { status: 503 },
  auth_missing: { status: 401, wireCode: "auth_failed" },
  auth_repeated: { status: 401, wireCode: "auth_failed" },
  auth_invalid: { status: 403, wireCode: "auth_failed" },
  auth_throttled: { status: 429, wireCode: "auth_failed", retryAfterSeconds: 5 },
  login_required: { status: 401 },
  streams_full: { status: 503, retryAfterSeconds: 15 },
  host_not_allowed: { status: 403 },
  private_host_not_allowed: { status: 403, wireCode: "host_not_allowed" },
  private_host_on_loopback: { status: 403, wireCode: "host_not_allowed" },
  origin_not_allowed: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  invalid_json: { status: 400 },
  invalid_request: { status: 422 },
  payload_too_large: { status: 413 },
  uri_too_long: { status: 414 },
  too_busy: { status: 503, retryAfterSeconds: 5 },
  unsupported_media_type: { status: 415 },
  mem_heavy_reject: { status: 503, retryAfterSeconds: 30 },
  mem_force_read_only: { status: 503, retryAfterSeconds: 30 },
  permission_too_low: { status: 403, wireCode: "permission_deny" },
  danger_needs_l4: { status: 403, wireCode: "permission_deny" },
  danger_off: { status: 403, wireCode: "permission_deny" },
  executor_unsupported: { status: 400, wireCode: "executor_not_available" },
  executor_not_available: { status: 503 },
  missing_task: { status: 400 },
  task_too_large: { status: 400 },
  invalid_cwd: { status: 400 },
  workdir_not_allowed: { status: 403 },
  job_not_found: { status: 404 },
  queue_full: { status: 429, retryAfterSeconds: 30 },
  idempotency_conflict: { status: 409 },
  idempotency_key_invalid: { status: 400 },
  resume_job_not_found: { status: 404 },
  resume_job_unfinished: { status: 409 },
  resume_thread_missing: { status: 409 },
  astr_provider_empty: { status: 400 },
  relay_busy: { status: 429 },
  circuit_open: { status: 503 },
  gateway_token_refused: { status: 503, wireCode: "auth_failed" },
  gateway_unreachable: { status: 502, wireCode: "network_or_unreachable" },
  gateway_timeout: { status: 504, wireCode: "network_or_unreachable" },
  gateway_endpoint_missing: { status: 502, wireCode: "responses_endpoint_not_enabled_or_not_found" },
  gateway_starting: { status: 503 },
  gateway_unusable_answer: { status: 502, wireCode: "unknown" },
  database_unavailable: { status: 503, retryAfterSeconds: 5 },
  service_starting: { status: 503, retryAfterSeconds: 1 },
  service_stopping: { status: 503, retryAfterSeconds: 5 },
  internal_error: { status: 500 },
};

/** The code a client sees. */
export const wireCodeOf = (code: ErrorCode): string => httpErrors[code].wireCode ?? code;

export const statusOf = (code: ErrorCode): ContentfulStatusCode => httpErrors[code].status;

/** The seconds for `Retry-After`, if they depend on the code alone. */
export const retryAfterOf = (code: ErrorCode): number | undefined => httpErrors[code].retryAfterSeconds;

/** What happened, and what to do about it. */
export const errorText = ({ code, detail }: AppError, locale: Locale): { text: string; fix: string } => {
  const t = translate(locale);
  return { text: t(`error.${code}.text`, detail), fix: t(`error.${code}.fix`, detail) };
};

/** The headers of an error, also on pages. */
export const setErrorHeaders = (c: Context<AppEnv>, error: AppError): void => {
  const status = statusOf(error.code);
  const retryAfterSeconds = error.detail.retryAfterSeconds ?? retryAfterOf(error.code);
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  // The rest of the body is not read.
  if (status === 413 || error.code === "too_busy") c.header("Connection", "close");
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
};

/** The error envelope, in the caller's language; `hint` is the next step. */
export const errorResponse = (c: Context<AppEnv>, error: AppError, extra: object = {}): Response => {
  const { text, fix } = errorText(error, c.var.locale);
  setErrorHeaders(c, error);
  return c.json(
    {
      ok: false,
      trace_id: c.var.requestId,
      error_code: wireCodeOf(error.code),
      error: text,
      hint: fix,
      ...extra,
    },
    statusOf(error.code),
  );
};

/** The success envelope around a route's own keys. */
export const ok = <Body extends object>(c: Context<AppEnv>, body: Body) =>
  c.json({ ok: true, trace_id: c.var.requestId, ...body });

/** For a slow reader Bun keeps a copy of a whole answer, but only one part of a stream (measured). */
const PART_BYTES = 64 * 1024;

export const inParts = (...buffers: Uint8Array<ArrayBuffer>[]) => {
  if (buffers.reduce((sum, { length }) => sum + length, 0) <= PART_BYTES) return Buffer.concat(buffers);
  const parts = function* () {
    for (const bytes of buffers) {
      for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
    }
  };
  const rest = parts();
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const { value } = rest.next();
    if (value) controller.enqueue(value);
    else controller.close();
  };
  return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
};

/** `ok` around an object that is serialized already. */
export const okJson = <Body extends object>(c: Context<AppEnv>, json: Buffer<ArrayBuffer>) => {
  const envelope = Buffer.from(`{"ok":true,"trace_id":${JSON.stringify(c.var.requestId)},`);
  const body = inParts(envelope, json.subarray(1));
  return c.body(body, 200, { "Content-Type": "application/json" }) as unknown as ReturnType<typeof ok<Body>>;
};

/** Hides a reply in another format, chosen by a query parameter, from the types of the client, which never chooses it. */
export const inOtherForm = (response: Response): never => response as never;
