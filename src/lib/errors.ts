export interface ErrorRow {
  /** Of the HTTP answer. */
  status: number;
  /** The contract's code where it covers several of ours. */
  wireCode?: string;
  retryAfterSeconds?: number;
}

/** Every failure a caller can act on; `locales` has its text and fix. Only `http/` reads the columns. */
export const errors = {
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
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errors;
export const errorCodes = Object.keys(errors) as ErrorCode[];

const MAX_DETAIL_CHARS = 1000;

const cut = (text: string): string =>
  text.length > MAX_DETAIL_CHARS ? `${text.slice(0, MAX_DETAIL_CHARS).toWellFormed()}…` : text;

export class CodedError<Code extends string> extends Error {
  readonly detail: Readonly<Record<string, string | number>>;

  /** @param detail values for the placeholders of the code's text, which are cut; never a secret. */
  constructor(
    readonly code: Code,
    detail: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    const shown = Object.entries(detail).map(([name, value]) => [name, typeof value === "string" ? cut(value) : value]);
    super(`${code} ${JSON.stringify(Object.fromEntries(shown))}`, options);
    this.detail = Object.fromEntries(shown);
  }
}

export class AppError extends CodedError<ErrorCode> {
  override readonly name = "AppError";
}

/** SQLite errors of the disk, a lock or the file: the same statement may work later. */
const STORAGE_FAULTS = /^SQLITE_(?:FULL|BUSY|LOCKED|PROTOCOL|IOERR|READONLY|CANTOPEN|CORRUPT|NOMEM)/;

/** Whether anything thrown, or a cause of it, has a code like this. */
const hasCode = (thrown: unknown, pattern: RegExp): boolean => {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && pattern.test(String(error.code))) return true;
  }
  return false;
};

/** Another program has locked the database. */
export const isLocked = (thrown: unknown): boolean => hasCode(thrown, /^SQLITE_(?:BUSY|LOCKED)/);

/** Anything thrown, as an error that a caller can act on. Bugs become `internal_error`, with the original as cause. */
export const toAppError = (thrown: unknown): AppError => {
  if (thrown instanceof AppError) return thrown;
  const code = hasCode(thrown, STORAGE_FAULTS) ? "database_unavailable" : "internal_error";
  return new AppError(code, {}, { cause: thrown });
};

/** Why the process cannot start: one sentence for the operator, printed without a stack trace. */
export class StartupError extends Error {
  override readonly name = "StartupError";
  readonly exitCode: number = 1;
}

/** A wrong setting. Another start would fail too, so systemd does not restart after this exit code (EX_CONFIG). */
export class SettingError extends StartupError {
  override readonly exitCode = 78;
}

/** The message of the innermost cause, on one line: a wrapper's message may be a page of SQL. */
export const rootCauseOf = (thrown: unknown): string => {
  let error = thrown;
  while (error instanceof Error && error.cause !== undefined) error = error.cause;
  return messageOf(error).replace(/\s+/g, " ");
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `fallback` if `work` throws, as for a file that is gone or another user's. */
export const attempt = <Result, Fallback>(work: () => Result, fallback: Fallback): Result | Fallback => {
  try {
    return work();
  } catch {
    return fallback;
  }
};
