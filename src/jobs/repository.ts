import type { Db } from "@/db/client.ts";
import { columnsOf } from "@/db/columns.ts" with { type: "macro" };
import type { Finished, JobRow, JobState, QueuedJob, Started } from "./state.ts";

/** A job, and its place in the order of submission: the cursor of the list. */
export interface ListedJob {
  job: JobRow;
  position: number;
}

export interface ListQuery {
  state?: JobState | null | undefined;
  /** Only jobs submitted before this position. */
  before?: number | undefined;
  limit: number;
}

export interface IdempotentSubmit {
  key: string;
  requestHash: string;
  createdAt: string;
  /** Keys made before this are forgotten. */
  expiredBefore: string;
}

/** SQLite knows no booleans. */
type JobColumns = Omit<JobRow, "allowDanger"> & { allowDanger: 0 | 1 };
type Of<Transition> = Transition & { jobId: string };
type Waiting = { reason: string; at: string; availableMib: number | null };

const COLUMNS = columnsOf("executorJobs");
const JOBS = `SELECT ${COLUMNS} FROM executor_jobs`;
/** Not those of the predecessor, which never came back to them: they may be months old. */
const IS_WAITING = "state = 'queued' AND change_seq IS NOT NULL";
const IS_FINISHED = "state IN ('succeeded', 'failed', 'canceled')";
/** Never deleted with the newest change (see `deleteOld`), so it does not go back. */
const NEXT_CHANGE = "(SELECT coalesce(max(change_seq), 0) + 1 FROM executor_jobs)";
const NO_LONGER_WAITING = "waiting_reason = NULL, waiting_since = NULL, waiting_available_mib = NULL";

/**
 * Each change is one statement: it names the state it leaves, and returns undefined when the job had left it. The
 * order of jobs is that of their rowid; nothing here runs VACUUM, which alone could renumber it.
 */
export const createJobRepository = (db: Db) => {
  const insert = db.query<JobColumns, QueuedJob>(`
    INSERT INTO executor_jobs (job_id, state, executor, task, cwd, permission_level, allow_danger, created_at, trace_id,
      resume_job_id, change_seq)
    VALUES ($jobId, $state, $executor, $task, $cwd, $permissionLevel, $allowDanger, $createdAt, $traceId,
      $resumeJobId, ${NEXT_CHANGE})
    RETURNING ${COLUMNS}`);
  const find = db.query<JobColumns, { jobId: string }>(`${JOBS} WHERE job_id = $jobId`);
  const running = db.query<JobColumns, []>(`${JOBS} WHERE state = 'running' ORDER BY rowid`);
  const nextQueued = db.query<JobColumns, []>(`${JOBS} WHERE ${IS_WAITING} ORDER BY rowid LIMIT 1`);
  const start = db.query<JobColumns, Of<Started>>(`
    UPDATE executor_jobs
    SET state = $state, started_at = $startedAt, ${NO_LONGER_WAITING}, change_seq = ${NEXT_CHANGE}
    WHERE job_id = $jobId AND state = 'queued' RETURNING ${COLUMNS}`);
  const finishFrom = (state: JobState) =>
    db.query<JobColumns, Of<Finished>>(`
      UPDATE executor_jobs
      SET state = $state, finished_at = $finishedAt, result_text = $resultText, error_code = $errorCode, error = $error,
        thread_id = $threadId, usage = $usage, exit_code = $exitCode, signal = $signal, duration_ms = $durationMs,
        peak_memory_kib = $peakMemoryKib, cpu_ms = $cpuMs, pid = NULL, pid_start = NULL, ${NO_LONGER_WAITING},
        change_seq = ${NEXT_CHANGE}
      WHERE job_id = $jobId AND state = '${state}' RETURNING ${COLUMNS}`);
  const finishRunning = finishFrom("running");
  const finishQueued = finishFrom("queued");
  const noteProcess = db.query<unknown, Of<{ pid: number; pidStart: string | null }>>(
    "UPDATE executor_jobs SET pid = $pid, pid_start = $pidStart WHERE job_id = $jobId AND state = 'running'",
  );
  const noteWaiting = db.query<JobColumns, Of<Waiting>>(`
    UPDATE executor_jobs
    SET waiting_reason = $reason, waiting_since = coalesce(waiting_since, $at), waiting_available_mib = $availableMib,
      change_seq = ${NEXT_CHANGE}
    WHERE job_id = $jobId AND state = 'queued' RETURNING ${COLUMNS}`);
  const countWaiting = db.query<{ count: number }, []>(
    `SELECT count(*) AS count FROM executor_jobs WHERE ${IS_WAITING}`,
  );
  const changedSince = db.query<JobColumns, { since: number; limit: number }>(
    `${JOBS} WHERE change_seq > $since ORDER BY change_seq LIMIT $limit`,
  );
  const listBefore = (condition: string) =>
    db.query<JobColumns & { position: number }, { state: string | null; before: number; limit: number }>(`
      SELECT ${COLUMNS}, rowid AS position FROM executor_jobs WHERE ${condition} AND rowid < $before
      ORDER BY rowid DESC LIMIT $limit`);
  const listAll = listBefore("$state IS NULL");
  const listInState = listBefore("state = $state");
  const deleteOld = db.query<{ id: string }, { endedBefore: string; keep: number; batch: number }>(`
    DELETE FROM executor_jobs WHERE job_id IN (
      SELECT job_id FROM executor_jobs
      WHERE ${IS_FINISHED}
        AND (finished_at < $endedBefore OR job_id NOT IN (
          SELECT job_id FROM executor_jobs WHERE ${IS_FINISHED} ORDER BY rowid DESC LIMIT $keep))
        AND change_seq IS NOT (SELECT max(change_seq) FROM executor_jobs)
      ORDER BY rowid LIMIT $batch)
    RETURNING job_id AS id`);

  const findKey = db.query<{ requestHash: string; jobId: string; createdAt: string }, { key: string }>(
    `SELECT ${columnsOf("idempotencyKeys")} FROM idempotency_keys WHERE key = $key`,
  );
  const forgetKeys = db.query<unknown, { expiredBefore: string }>(
    "DELETE FROM idempotency_keys WHERE created_at < $expiredBefore",
  );
  const insertKey = db.query<unknown, Omit<IdempotentSubmit, "expiredBefore"> & { jobId: string }>(
    "INSERT INTO idempotency_keys (key, request_hash, job_id, created_at) VALUES ($key, $requestHash, $jobId, $createdAt)",
  );
  const enqueue = (job: QueuedJob): JobRow => {
    const row = insert.get({ ...job });
    if (!row) throw new Error("an insert returned no row");
    return toJob(row);
  };
  const enqueueOnce = db.transaction((job: QueuedJob, { expiredBefore, ...submit }: IdempotentSubmit): JobRow => {
    forgetKeys.run({ expiredBefore });
    insertKey.run({ ...submit, jobId: job.jobId });
    return enqueue(job);
  });

  return {
    enqueue,
    /** Job and key together, or neither. */
    enqueueOnce: (job: QueuedJob, submit: IdempotentSubmit): JobRow => enqueueOnce.immediate(job, submit),

    /** What the key was used for since `expiredBefore`. */
    findKey(key: string, expiredBefore: string): { requestHash: string; jobId: string } | undefined {
      const found = findKey.get({ key });
      return found && found.createdAt >= expiredBefore ? found : undefined;
    },

    find: (jobId: string): JobRow | undefined => toJobIfAny(find.get({ jobId })),
    /** The job that has waited longest. */
    nextQueued: (): JobRow | undefined => toJobIfAny(nextQueued.get()),
    start: (jobId: string, transition: Started): JobRow | undefined => toJobIfAny(start.get({ jobId, ...transition })),
    finishRunning: (jobId: string, transition: Finished): JobRow | undefined =>
      toJobIfAny(finishRunning.get({ jobId, ...transition })),
    finishQueued: (jobId: string, transition: Finished): JobRow | undefined =>
      toJobIfAny(finishQueued.get({ jobId, ...transition })),
    noteProcess: (jobId: string, pid: number, pidStart: string | undefined): void => {
      noteProcess.run({ jobId, pid, pidStart: pidStart ?? null });
    },
    /** Keeps the time of the first note. */
    noteWaiting: (jobId: string, waiting: Waiting): JobRow | undefined =>
      toJobIfAny(noteWaiting.get({ jobId, ...waiting })),
    countQueued: (): number => countWaiting.get()?.count ?? 0,
    listRunning: (): JobRow[] => running.all().map(toJob),
    /** In the order of change, oldest first. */
    changedSince: (since: number, limit: number): JobRow[] => changedSince.all({ since, limit }).map(toJob),

    /** Newest first. */
    list({ state = null, before = Number.MAX_SAFE_INTEGER, limit }: ListQuery): ListedJob[] {
      const statement = state === null ? listAll : listInState;
      return statement.all({ state, before, limit }).map(({ position, ...row }) => ({ job: toJob(row), position }));
    },

    /**
     * Deletes some of the finished jobs that ended before `endedBefore` or are not among the `keep` newest of them,
     * and returns their ids. The newest change stays, so that the feed's cursor never goes back.
     */
    deleteOld: (limits: { endedBefore: string; keep: number; batch: number }): string[] =>
      deleteOld.all(limits).map(({ id }) => id),
  };
};

const toJob = (row: JobColumns): JobRow => ({ ...row, allowDanger: row.allowDanger === 1 });

const toJobIfAny = (row: JobColumns | null): JobRow | undefined => (row === null ? undefined : toJob(row));

export type JobRepository = ReturnType<typeof createJobRepository>;
