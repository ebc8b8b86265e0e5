import type { AuditEvent } from "@/audit/audit.ts";
import type { JobRow } from "@/jobs/state.ts";
import type { ErrorCode } from "@/lib/errors.ts";
import { createCounter, createHistogram } from "./instruments.ts";

const REQUEST_BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];
const JOB_BOUNDS = [1, 5, 15, 30, 60, 120, 300, 900, 3600];
const METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"];
const ENDED = ["succeeded", "failed", "canceled"];

/** Counts events between scrapes; `exposition.ts` reads the state at the scrape. */
export const createMetricsRecorder = () => {
  const requests = createCounter("openclaw_backend_http_requests_total", "Requests answered, except health probes.");
  const durationName = "openclaw_backend_http_request_duration_seconds";
  const durations = createHistogram(durationName, "Time until an answer began.", REQUEST_BOUNDS);
  const refusals = createCounter("openclaw_backend_refusals_total", "Requests refused, by reason.");
  const events = createCounter("openclaw_backend_events_total", "Records of the audit log, except refused requests.");
  const deliveries = createCounter("openclaw_backend_notify_attempts_total", "Messages, by channel and outcome.");
  const ended = createCounter("openclaw_backend_jobs_ended_total", "Jobs that ended, by outcome.");
  const waitHelp = "Time from a job's submission to its start.";
  const waits = createHistogram("openclaw_backend_job_wait_seconds", waitHelp, JOB_BOUNDS);
  const runs = createHistogram("openclaw_backend_job_run_seconds", "Time from a job's start to its end.", JOB_BOUNDS);

  return {
    /** `route` is the pattern that matched, never the path, which callers choose. */
    noteRequest(method: string, route: string, status: number, seconds: number): void {
      const labels = { method: METHODS.includes(method) ? method : "other", route };
      requests.inc({ ...labels, status: String(status) });
      durations.observe(seconds, labels);
    },
    noteRefusal: (reason: ErrorCode): void => refusals.inc({ reason }),
    noteEvent({ category, type, status, errorCode = "" }: AuditEvent): void {
      if (status === "refused") return;
      events.inc({ category, type, status });
      const isEnd = type === "backend_exec_job" && ENDED.includes(status);
      // The cancel of a queued job ends it; a running one ends later, with an event of its own.
      const isCanceledInQueue = type === "cancel_backend_exec_job" && status === "canceled";
      const code = errorCode || (isCanceledInQueue ? "canceled_by_user" : "");
      if (isEnd || isCanceledInQueue) ended.inc({ state: status, error_code: code });
    },
    noteRun({ createdAt, startedAt, durationMs }: Pick<JobRow, "createdAt" | "startedAt" | "durationMs">): void {
      if (startedAt !== null) waits.observe(Math.max(0, Date.parse(startedAt) - Date.parse(createdAt)) / 1000);
      if (durationMs !== null) runs.observe(durationMs / 1000);
    },
    noteDelivery: (channel: string, outcome: string): void => deliveries.inc({ channel, outcome }),
    families: () =>
      [requests, durations, refusals, events, deliveries, ended, waits, runs].map((each) => each.family()),
  };
};

export type MetricsRecorder = ReturnType<typeof createMetricsRecorder>;
