import type { AuditEvent } from "@/audit/audit.ts";
import type { JobRow } from "@/jobs/state.ts";
import type { ErrorCode } from "@/lib/errors.ts";
import type { Family } from "./family.ts";
import { createCounter, createHistogram } from "./instruments.ts";

const REQUEST_BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];
const JOB_BOUNDS = [1, 5, 15, 30, 60, 120, 300, 900, 3600];
const METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"];
const ENDED = ["succeeded", "failed", "canceled"];

export interface RequestFigures {
  method: string;
  /** The pattern that matched, never the path itself: it is the caller's. */
  route: string;
  status: number;
  seconds: number;
}

/** Counts what happens between two scrapes. What can be read when it is asked for is not counted here. */
export const createMetricsRecorder = () => {
  const requests = createCounter({
    name: "openclaw_backend_http_requests_total",
    help: "Requests answered, but for those of health probes.",
    labels: ["method", "route", "status"],
  });
  const durations = createHistogram({
    name: "openclaw_backend_http_request_duration_seconds",
    help: "Time until an answer began.",
    labels: ["method", "route"],
    bounds: REQUEST_BOUNDS,
  });
  const refusals = createCounter({
    name: "openclaw_backend_refusals_total",
    help: "Requests refused, by the reason; mem_heavy_reject and mem_force_read_only are the memory gates'.",
    labels: ["reason"],
  });
  const events = createCounter({
    name: "openclaw_backend_events_total",
    help: "What the audit log was told, but for refused requests.",
    labels: ["category", "type", "status"],
  });
  const ended = createCounter({
    name: "openclaw_backend_jobs_ended_total",
    help: "Jobs that came to an end, by outcome.",
    labels: ["state", "error_code"],
  });
  const waits = createHistogram({
    name: "openclaw_backend_job_wait_seconds",
    help: "Time from a job's submission to its start.",
    labels: [],
    bounds: JOB_BOUNDS,
  });
  const runs = createHistogram({
    name: "openclaw_backend_job_run_seconds",
    help: "Time from a job's start to its end.",
    labels: [],
    bounds: JOB_BOUNDS,
  });

  return {
    noteRequest({ method, route, status, seconds }: RequestFigures): void {
      const known = METHODS.includes(method) ? method : "other";
      requests.inc(known, route, String(status));
      durations.observe(seconds, known, route);
    },
    noteRefusal: (code: ErrorCode): void => refusals.inc(code),
    noteEvent({ category, type, status, errorCode = "" }: AuditEvent): void {
      if (status === "refused") return;
      events.inc(category, type, status);
      const isEnd = type === "backend_exec_job" && ENDED.includes(status);
      // A waiting job ends by the cancel itself; a running one is still running then, and ends later.
      const isCanceledInQueue = type === "cancel_backend_exec_job" && status === "canceled";
      if (isEnd || isCanceledInQueue) ended.inc(status, errorCode || (isCanceledInQueue ? "canceled_by_user" : ""));
    },
    noteRun({ createdAt, startedAt, durationMs }: Pick<JobRow, "createdAt" | "startedAt" | "durationMs">): void {
      if (startedAt !== null) waits.observe((Date.parse(startedAt) - Date.parse(createdAt)) / 1000);
      if (durationMs !== null) runs.observe(durationMs / 1000);
    },
    families: (): Family[] => [requests, durations, refusals, events, ended, waits, runs].map((each) => each.family()),
  };
};

export type MetricsRecorder = ReturnType<typeof createMetricsRecorder>;
