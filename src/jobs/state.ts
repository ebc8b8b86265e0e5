import { executorJobs } from "@/db/schema.ts";
import type { RunFigures } from "@/executor/run.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { defaultLocale, isTextKey, type TextKey, type Translate, translate } from "@/locales/translate.ts";
import type { Hold } from "./hold.ts";
import type { JobView } from "./view.ts";

export type JobRow = typeof executorJobs.$inferSelect;
export type JobState = JobRow["state"];
export const jobStates = executorJobs.state.enumValues;

/** Error codes of job records (contract): those that the dictionary has a text for. */
export type JobErrorCode = TextKey extends infer Key
  ? Key extends `job.error.${infer Code}.fix`
    ? Code
    : never
  : never;

/** Codes that concern Codex or the model service, rather than one job or this host. */
export const isCodexFailure = (code: string | null | undefined): code is JobErrorCode =>
  /model_|executor_(?:incomplete|misconfigured)|resume_thread_lost/.test(code ?? "");

/**
 * Every transition of a job and who makes it. A test compares it with the diagram in ARCHITECTURE.md. A state without
 * transitions is final. Each transition has one constructor below; `repository.ts` applies it only to a job that is
 * still in the `from` state.
 */
export const transitions = [
  { from: "queued", to: "running", by: "worker: claims the oldest job" },
  { from: "queued", to: "failed", by: "worker: waited too long for memory; restore: may have run since the backup" },
  { from: "queued", to: "canceled", by: "user" },
  { from: "running", to: "succeeded", by: "worker: the run succeeded" },
  { from: "running", to: "failed", by: "worker: the run failed, or was cut off by a crash or a stop" },
  { from: "running", to: "canceled", by: "worker: the run ended after a cancel" },
] as const satisfies readonly { from: JobState; to: JobState; by: string }[];

export const isFinal = (state: JobState): boolean => !transitions.some(({ from }) => from === state);

/** What a job is submitted with. */
type NewJob = Pick<
  JobRow,
  "jobId" | "executor" | "task" | "cwd" | "permissionLevel" | "allowDanger" | "traceId" | "resumeJobId" | "notify"
>;
export type QueuedJob = ReturnType<typeof queued>;
export type Started = ReturnType<typeof started>;
/** What the end of a job sets. */
export type Finished = ReturnType<typeof finished>;

/** How a job ended; one without a code succeeded. */
interface Ending {
  code?: JobErrorCode;
  detail?: Record<string, string | number>;
  /** What the program, the model service or the system said last. */
  message?: string;
  resultText?: string;
  /** Absent for a job that never ran, or whose run was lost in a crash. */
  figures?: RunFigures;
}

export const queued = ({ at, ...job }: NewJob & { at: Date }) => ({
  ...job,
  state: "queued" as const,
  createdAt: toTimestamp(at),
});

export const started = (at: Date) => ({ state: "running" as const, startedAt: toTimestamp(at) });

export const finished = (at: Date, { code, detail, message, resultText = "", figures }: Ending) => ({
  state: stateAfter(code),
  finishedAt: toTimestamp(at),
  resultText,
  errorCode: code ?? "",
  error: code === undefined ? "" : textOf(code, detail, message),
  errorDetail: code === undefined ? null : JSON.stringify({ ...detail, message }),
  threadId: figures?.threadId ?? null,
  usage: figures?.usage ? JSON.stringify(figures.usage) : null,
  exitCode: figures?.exitCode ?? null,
  signal: figures?.signal == null ? null : String(figures.signal),
  durationMs: figures?.durationMs ?? null,
  peakMemoryKib: figures?.peakMemoryKib ?? null,
  cpuMs: figures?.cpuMs ?? null,
  retryAt: null as string | null,
});

const stateAfter = (code: JobErrorCode | undefined): JobState => {
  if (code === undefined) return "succeeded";
  return code === "canceled_by_user" ? "canceled" : "failed";
};

export type StoredError = Pick<JobRow, "errorCode" | "error" | "errorDetail">;

/** undefined for an error that an earlier version stored. */
const detailOf = ({ errorDetail }: Pick<StoredError, "errorDetail">): Record<string, string | number> | undefined =>
  attempt(() => JSON.parse(errorDetail ?? ""), undefined);

/** For the audit log, whose readers see the error in their own language. */
export const errorParams = (job: Pick<StoredError, "errorDetail">) => {
  const detail = detailOf(job);
  return detail && { error_detail: detail };
};

/** What was said last, "" if nothing; the whole text of an error that an earlier version stored. */
export const saidIn = (job: StoredError): string => String((detailOf(job) ?? { message: job.error }).message ?? "");

/** A stored error in the reader's language; that of an earlier version as it is. */
export const errorText = (job: StoredError, t: Translate): string => {
  const detail = detailOf(job);
  if (!detail || !job.errorCode) return job.error ?? "";
  return textOf(job.errorCode as JobErrorCode, detail, saidIn(job), t);
};

/** Why a job failed, in words, and what was said last. */
export const reasonOf = (job: StoredError, t: Translate) => {
  const [reason, text] = [`job.error.${job.errorCode}.reason`, `job.error.${job.errorCode}.text`];
  const detail = detailOf(job);
  if (!detail || !isTextKey(text)) return { reason: job.error ?? "", said: "" };
  const words = isTextKey(reason) ? t(reason, detail) : t(text, detail).replace(/codex exit code=\S+?[：:]\s*/, "");
  const sentence = withoutStop(words);
  return { reason: sentence.charAt(0).toUpperCase() + sentence.slice(1), said: saidIn(job) };
};

export type Reason = ReturnType<typeof reasonOf>;

const withoutStop = (text: string): string => text.replace(/[.。]$/, "");

/** The language of later readers is not known, so the stored text is in the default one. */
const textOf = (code: JobErrorCode, detail = {}, message = "", t = translate(defaultLocale)): string => {
  const text = t(`job.error.${code}.text`, detail);
  return message === "" ? text : t("job.error.said", { text: withoutStop(text), message });
};

/** @param hold why queued jobs wait. */
export const toJobView = (job: JobRow, hold: Hold | undefined): JobView => ({
  job_id: job.jobId,
  state: job.state,
  executor: job.executor,
  task: job.task,
  cwd: job.cwd,
  permission_level: job.permissionLevel,
  allow_danger: job.allowDanger,
  created_at: job.createdAt,
  started_at: job.startedAt,
  finished_at: job.finishedAt,
  result_text: job.resultText ?? "",
  error_code: job.errorCode ?? "",
  error: job.error ?? "",
  trace_id: job.traceId,
  thread_id: job.threadId,
  usage: job.usage === null ? null : JSON.parse(job.usage),
  resume_job_id: job.resumeJobId,
  ...waitOf(job, hold),
  waiting_available_mib: job.waitingAvailableMib,
  exit_code: job.exitCode,
  signal: job.signal,
  duration_ms: job.durationMs,
  peak_memory_mib: job.peakMemoryKib === null ? null : Math.ceil(job.peakMemoryKib / 1024),
  cpu_ms: job.cpuMs,
  notify: notifyOf(job),
});

const notifyOf = ({ notify }: JobRow): JobView["notify"] => {
  if (notify === null) return null;
  return notify === "" ? true : { umo: notify };
};

const waitOf = (job: JobRow, hold: Hold | undefined): Pick<JobView, "waiting_reason" | "retry_at"> => {
  if (job.state !== "queued") return { waiting_reason: job.waitingReason, retry_at: job.retryAt };
  if (job.changeSeq === null) return { waiting_reason: "predecessor", retry_at: null };
  return { waiting_reason: hold?.reason ?? job.waitingReason, retry_at: hold?.retryAt ?? null };
};
