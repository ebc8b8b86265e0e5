import { toTimestamp } from "@/clock.ts";
import type { executorJobs } from "@/db/schema.ts";
import { type JobErrorCode, jobErrorTexts } from "@/i18n/jobs.ts";
import { defaultLocale, fill } from "@/i18n/locale.ts";

/**
 * The states of a job and who moves it on:
 *
 *     queued  -> running    the worker, when the job's turn has come
 *     queued  -> canceled   the user
 *     running -> succeeded  the worker, when the run has ended well
 *     running -> failed     the worker, when it has not; at start, for a run that a crash cut off (interrupted)
 *     running -> canceled   the worker, when the run has ended at the user's wish
 *
 * `succeeded`, `failed` and `canceled` are final. Each transition has its one constructor here, and is applied by
 * `repository.ts` only to a job that is still in the state it leaves.
 */
export type JobRow = typeof executorJobs.$inferSelect;
export type JobState = JobRow["state"];

type Columns<Keys extends keyof JobRow> = Pick<JobRow, Keys>;

export type QueuedJob = Columns<
  "jobId" | "state" | "executor" | "task" | "cwd" | "permissionLevel" | "allowDanger" | "createdAt" | "traceId"
>;
export type Started = Columns<"state" | "startedAt">;
export type Finished = Columns<"state" | "finishedAt" | "resultText" | "errorCode" | "error" | "threadId" | "usage">;

/** What the run itself told, kept with whatever end it came to. */
export interface RunRecord {
  threadId?: string | undefined;
  usage?: Record<string, number> | undefined;
}

export const queued = ({ at, ...job }: Omit<QueuedJob, "state" | "createdAt"> & { at: Date }): QueuedJob => ({
  ...job,
  state: "queued",
  createdAt: toTimestamp(at),
});

export const started = (at: Date): Started => ({ state: "running", startedAt: toTimestamp(at) });

export const succeeded = (at: Date, resultText: string, run: RunRecord): Finished => ({
  ...finished(at, run),
  state: "succeeded",
  resultText,
});

export const canceled = (at: Date, run: RunRecord = {}): Finished => ({
  ...finished(at, run),
  state: "canceled",
  ...failure("canceled_by_user", {}),
});

export const failed = (
  at: Date,
  {
    code,
    detail = {},
    resultText = "",
  }: { code: JobErrorCode; detail?: Record<string, string | number>; resultText?: string },
  run: RunRecord = {},
): Finished => ({ ...finished(at, run), state: "failed", ...failure(code, detail), resultText });

const finished = (at: Date, { threadId, usage }: RunRecord) => ({
  finishedAt: toTimestamp(at),
  resultText: "",
  errorCode: "",
  error: "",
  threadId: threadId ?? null,
  usage: usage ? JSON.stringify(usage) : null,
});

/** A row is read by whoever asks later, so its text is in the default language. */
const failure = (code: JobErrorCode, detail: Record<string, string | number>) => ({
  errorCode: code,
  error: fill(jobErrorTexts[code][defaultLocale].text, detail),
});
