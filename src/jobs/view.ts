import type { JobRow, JobState } from "./state.ts";

/** Contract A4; keys after `trace_id` are ours. */
export interface JobView {
  job_id: string;
  state: JobState;
  executor: string;
  task: string;
  cwd: string;
  permission_level: string;
  allow_danger: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  result_text: string;
  error_code: string;
  error: string;
  trace_id: string;
  thread_id: string | null;
  /** Token counts by name, as Codex reports them; null without an event stream. */
  usage: Record<string, number> | null;
  resume_job_id: string | null;
  /**
   * Why the job is not started although its turn has come: `memory`, or `predecessor` for one that the service before
   * this one never came back to, which is left as it was. null when it just waits for its turn.
   */
  waiting_reason: string | null;
  /** What was available when the job last looked, while it waits for memory. */
  waiting_available_mib: number | null;
  /** What the run cost; null for what was not measured. */
  exit_code: number | null;
  signal: string | null;
  duration_ms: number | null;
  peak_memory_mib: number | null;
  cpu_ms: number | null;
}

export const toJobView = (job: JobRow): JobView => ({
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
  waiting_reason: job.state === "queued" && job.changeSeq === null ? "predecessor" : job.waitingReason,
  waiting_available_mib: job.waitingAvailableMib,
  exit_code: job.exitCode,
  signal: job.signal,
  duration_ms: job.durationMs,
  peak_memory_mib: job.peakMemoryKib === null ? null : Math.ceil(job.peakMemoryKib / 1024),
  cpu_ms: job.cpuMs,
});
