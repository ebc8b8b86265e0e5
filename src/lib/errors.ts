/** Every failure a caller can act on. `http/errors.ts` has its HTTP status and wire code, `locales` its text and fix. */
export const errorCodes = [
  "auth_not_configured",
  "auth_missing",
  "auth_repeated",
  "auth_invalid",
  "auth_throttled",
  "login_required",
  "streams_full",
  "host_not_allowed",
  "private_host_not_allowed",
  "private_host_on_loopback",
  "origin_not_allowed",
  "not_found",
  "method_not_allowed",
  "invalid_json",
  "invalid_request",
  "payload_too_large",
  "uri_too_long",
  "too_busy",
  "unsupported_media_type",
  "mem_heavy_reject",
  "mem_force_read_only",
  "permission_too_low",
  "danger_needs_l4",
  "danger_off",
  "executor_unsupported",
  "executor_not_available",
  "missing_task",
  "task_too_large",
  "invalid_cwd",
  "workdir_not_allowed",
  "job_not_found",
  "queue_full",
  "idempotency_conflict",
  "idempotency_key_invalid",
  "resume_job_not_found",
  "resume_job_unfinished",
  "resume_thread_missing",
  "astr_provider_empty",
  "relay_busy",
  "circuit_open",
  "gateway_token_refused",
  "gateway_unreachable",
  "gateway_timeout",
  "gateway_endpoint_missing",
  "gateway_starting",
  "gateway_unusable_answer",
  "database_unavailable",
  "service_starting",
  "service_stopping",
  "internal_error",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

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
