import type { JobRow } from "./state.ts";
import type { JobView } from "./view.ts";

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
