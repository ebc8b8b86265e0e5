import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The current provider list; emptied and refilled by each sync (contract). Its rows are shown as they are. */
export const modelSnapshots = sqliteTable("model_snapshots", {
  id: integer().primaryKey({ autoIncrement: true }),
  provider_id: text().notNull(),
  model: text().notNull(),
  provider_type: text().notNull().default(""),
  base_url: text().notNull().default(""),
  imported_at: text().notNull(),
  source: text().notNull(),
  trace_id: text().notNull(),
  capability: text({
    enum: ["", "chat", "embedding", "rerank", "speech_to_text", "text_to_speech", "agent_runner"],
  })
    .notNull()
    .default(""),
  vendor: text().notNull().default(""),
  enabled: integer({ mode: "boolean" }).notNull().default(true),
  is_default: integer({ mode: "boolean" }).notNull().default(false),
});

/** One row per sync; the highest id is "last sync". */
export const syncEvents = sqliteTable("sync_events", {
  id: integer().primaryKey({ autoIncrement: true }),
  imported_at: text().notNull(),
  source: text().notNull(),
  provider_count: integer().notNull(),
  trace_id: text().notNull(),
  /** False when the sync found exactly what was stored; null for syncs of the predecessor. */
  changed: integer({ mode: "boolean" }),
  /** JSON: added, removed and changed providers, warnings, skipped rows; null for syncs of the predecessor. */
  detail: text(),
});

/**
 * Jobs, first to last in rowid order. The columns up to `trace_id` are the predecessor's;
 * those after it are ours and nullable, so that its INSERT still works on this file.
 */
export const executorJobs = sqliteTable(
  "executor_jobs",
  {
    jobId: text("job_id").primaryKey(),
    state: text("state", { enum: ["queued", "running", "succeeded", "failed", "canceled"] }).notNull(),
    executor: text("executor").notNull(),
    task: text("task").notNull(),
    cwd: text("cwd").notNull(),
    permissionLevel: text("permission_level").notNull(),
    allowDanger: integer("allow_danger", { mode: "boolean" }).notNull(),
    createdAt: text("created_at").notNull(),
    startedAt: text("started_at"),
    finishedAt: text("finished_at"),
    resultText: text("result_text"),
    errorCode: text("error_code"),
    error: text("error"),
    traceId: text("trace_id").notNull(),
    /** The running child (and process group), and `<boot id>/<start ticks>`: a reused pid has another. */
    pid: integer("pid"),
    pidStart: text("pid_start"),
    /** The control group of the running child, where one was delegated to us. */
    cgroupPath: text("cgroup_path"),
    threadId: text("thread_id"),
    /** JSON of the event stream's last `usage` object: token counts by name. */
    usage: text("usage"),
    /** Grows by one with every change of any job: the cursor of the change feed. Null for rows of the predecessor. */
    changeSeq: integer("change_seq"),
    /** The job whose Codex thread this one continues. */
    resumeJobId: text("resume_job_id"),
    /** Why the next queued job is not started, e.g. `memory`; null while it only waits for other jobs. */
    waitingReason: text("waiting_reason"),
    /** Of earlier versions. */
    waitingSince: text("waiting_since"),
    waitingAvailableMib: integer("waiting_available_mib"),
    /** Until when later jobs wait, because this one found quota or login exhausted; null once a person resumed them. */
    retryAt: text("retry_at"),
    /** JSON: what the text of `error` is made of, for readers of another language; null for errors of earlier versions. */
    errorDetail: text("error_detail"),
    exitCode: integer("exit_code"),
    signal: text("signal"),
    durationMs: integer("duration_ms"),
    peakMemoryKib: integer("peak_memory_kib"),
    cpuMs: integer("cpu_ms"),
    /** The running time (db/running-time.ts) at the job's end, from which its age counts; null: `finished_at`. */
    agedFrom: text("aged_from"),
    /** Who is notified of the end: the UMO of a chat, "" for the configured channels, null for nobody. */
    notify: text("notify"),
  },
  (job) => [
    index("executor_jobs_state").on(job.state),
    index("executor_jobs_change_seq").on(job.changeSeq),
    check("executor_jobs_state_known", sql`${job.state} in ('queued', 'running', 'succeeded', 'failed', 'canceled')`),
    check(
      "executor_jobs_started",
      sql`${job.state} not in ('queued', 'running') or (${job.state} = 'running') = (${job.startedAt} is not null)`,
    ),
    check(
      "executor_jobs_finished",
      sql`(${job.state} in ('succeeded', 'failed', 'canceled')) = (${job.finishedAt} is not null)`,
    ),
  ],
);

/** The job that a repeated submit with the same key is answered with. */
export const idempotencyKeys = sqliteTable("idempotency_keys", {
  key: text("key").primaryKey(),
  /** SHA-256 of the parsed request, in hex. */
  requestHash: text("request_hash").notNull(),
  jobId: text("job_id").notNull(),
  createdAt: text("created_at").notNull(),
});

/** Small values that survive a restart, as JSON by name, such as the state of the gateway's breaker. */
export const serviceState = sqliteTable("service_state", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  updatedAt: text("updated_at").notNull(),
});

/** Results of the gateway checks per half hour, for about a day. */
export const gatewayChecks = sqliteTable("gateway_checks", {
  /** Start of the half hour. */
  startedAt: text("started_at").primaryKey(),
  ok: integer("ok").notNull(),
  failed: integer("failed").notNull(),
  /** The class of the last failure; "" without one. */
  errorType: text("error_type", {
    enum: ["", "auth_failed", "responses_endpoint_not_enabled_or_not_found", "network_or_unreachable", "unknown"],
  }).notNull(),
});

/** Messages, one row for each channel; those that were delivered are kept for a while. */
export const outbox = sqliteTable(
  "outbox",
  {
    position: integer("position").primaryKey(),
    /** Sent with every attempt, so that a receiver can drop the second of two. */
    deliveryId: text("delivery_id").notNull(),
    channel: text("channel").notNull(),
    /** Another chat than the configured one. */
    recipient: text("recipient"),
    /** What it is about: `gateway`, `queue`, a job's id. */
    subject: text("subject").notNull(),
    kind: text("kind", {
      enum: ["problem", "problem_over", "job_ended", "queue_held", "queue_released", "cap_reached", "test"],
    }).notNull(),
    at: text("at").notNull(),
    /** When the problem began, unless an earlier message has said so. */
    since: text("since"),
    /** At most six, in the chat's language, masked. */
    lines: text("lines", { mode: "json" }).$type<string[]>().notNull(),
    /** For the webhook's JSON, masked too. */
    data: text("data", { mode: "json" }).$type<Record<string, string | number | null>>().notNull(),
    state: text("state", { enum: ["waiting", "delivered", "refused", "expired"] }).notNull(),
    /** Not to be sent earlier. */
    dueAt: text("due_at"),
    attempts: integer("attempts").notNull().default(0),
    triedAt: text("tried_at"),
    /** Why the last attempt failed, as a key of the dictionary, and what the other side said. */
    reason: text("reason"),
    detail: text("detail"),
    /** The running time (db/running-time.ts) when it was written. */
    agedFrom: text("aged_from"),
  },
  (row) => [index("outbox_state").on(row.state)],
);
