import { z } from "zod";
import type { Hold } from "./hold.ts";
import { type JobRow, jobStates } from "./state.ts";

export const JobState = z.enum(jobStates);

/** The contract's; keys after `trace_id` are ours. */
export const JobView = z.object({
  job_id: z.string(),
  state: JobState,
  executor: z.string(),
  task: z.string(),
  cwd: z.string(),
  permission_level: z.string(),
  allow_danger: z.boolean(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  result_text: z.string(),
  error_code: z.string().describe("Why it failed or was canceled; empty otherwise."),
  error: z.string(),
  trace_id: z.string(),
  thread_id: z.string().nullable(),
  usage: z
    .record(z.string(), z.number())
    .nullable()
    .describe("Token counts by name, as Codex reports them; null without an event stream."),
  resume_job_id: z.string().nullable(),
  waiting_reason: z
    .string()
    .nullable()
    .describe(
      "Why the job is not started: `quota` or `login` while every job waits for `retry_at`, `memory` if it is next, " +
        "or `predecessor` for a job that the service before this one left queued, which is never run. null while " +
        "other jobs are before it.",
    ),
  waiting_available_mib: z
    .number()
    .nullable()
    .describe("The memory that was available at the last check, while the job waits for memory."),
  retry_at: z.iso
    .datetime()
    .nullable()
    .describe("When the next job is tried: of a job that found quota or login exhausted, and of those that wait."),
  exit_code: z.int().nullable().describe("This and the following are figures of the run; null if not measured."),
  signal: z.string().nullable(),
  duration_ms: z.number().nullable(),
  peak_memory_mib: z.number().nullable(),
  cpu_ms: z.number().nullable(),
});
export type JobView = z.output<typeof JobView>;

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
});

const waitOf = (job: JobRow, hold: Hold | undefined): Pick<JobView, "waiting_reason" | "retry_at"> => {
  if (job.state !== "queued") return { waiting_reason: job.waitingReason, retry_at: job.retryAt };
  if (job.changeSeq === null) return { waiting_reason: "predecessor", retry_at: null };
  return { waiting_reason: hold?.reason ?? job.waitingReason, retry_at: hold?.retryAt ?? null };
};
