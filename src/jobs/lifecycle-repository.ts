import type { Db } from "@/db/open.ts";
import { JOB_COLUMNS, type JobColumns, toJob, toJobIfAny } from "./rows.ts";
import type { Finished, JobRow, JobState, QueuedJob, Started } from "./state.ts";

type Of<Change> = Change & { jobId: string };
type Waiting = { reason: string; at: string; availableMib: number | null };

/** Where a running job's processes can be found again after a crash of this service. */
export interface NotedProcess {
  pid: number;
  identity: string | undefined;
  cgroupPath: string | undefined;
}

/** Not those of the predecessor, which never came back to them: they may be months old. */
const IS_WAITING = "state = 'queued' AND change_seq IS NOT NULL";
/** Never deleted with the newest change (see `retention-repository.ts`), so it does not go back. */
const NEXT_CHANGE = "(SELECT coalesce(max(change_seq), 0) + 1 FROM executor_jobs)";
const NO_LONGER_WAITING = "waiting_reason = NULL, waiting_since = NULL, waiting_available_mib = NULL";

/**
 * Each change is one statement: it names the state it leaves, and returns undefined when the job had left it. The
 * order of jobs is that of their rowid; nothing here runs VACUUM, which alone could renumber it.
 */
export const createLifecycleRepository = (db: Db) => {
  const insert = db.query<JobColumns, QueuedJob>(`
    INSERT INTO executor_jobs (job_id, state, executor, task, cwd, permission_level, allow_danger, created_at, trace_id,
      resume_job_id, change_seq)
    VALUES ($jobId, $state, $executor, $task, $cwd, $permissionLevel, $allowDanger, $createdAt, $traceId,
      $resumeJobId, ${NEXT_CHANGE})
    RETURNING ${JOB_COLUMNS}`);
  const start = db.query<JobColumns, Of<Started>>(`
    UPDATE executor_jobs
    SET state = $state, started_at = $startedAt, ${NO_LONGER_WAITING}, change_seq = ${NEXT_CHANGE}
    WHERE job_id = $jobId AND state = 'queued' RETURNING ${JOB_COLUMNS}`);
  const finishFrom = (state: JobState) =>
    db.query<JobColumns, Of<Finished>>(`
      UPDATE executor_jobs
      SET state = $state, finished_at = $finishedAt, result_text = $resultText, error_code = $errorCode, error = $error,
        thread_id = $threadId, usage = $usage, exit_code = $exitCode, signal = $signal, duration_ms = $durationMs,
        peak_memory_kib = $peakMemoryKib, cpu_ms = $cpuMs, pid = NULL, pid_start = NULL, cgroup_path = NULL,
        ${NO_LONGER_WAITING}, change_seq = ${NEXT_CHANGE}
      WHERE job_id = $jobId AND state = '${state}' RETURNING ${JOB_COLUMNS}`);
  const finishRunning = finishFrom("running");
  const finishQueued = finishFrom("queued");
  const noteWaiting = db.query<JobColumns, Of<Waiting>>(`
    UPDATE executor_jobs
    SET waiting_reason = $reason, waiting_since = coalesce(waiting_since, $at), waiting_available_mib = $availableMib,
      change_seq = ${NEXT_CHANGE}
    WHERE job_id = $jobId AND state = 'queued' RETURNING ${JOB_COLUMNS}`);
  const noteProcess = db.query<unknown, Of<{ pid: number; identity: string | null; cgroupPath: string | null }>>(`
    UPDATE executor_jobs SET pid = $pid, pid_start = $identity, cgroup_path = $cgroupPath
    WHERE job_id = $jobId AND state = 'running'`);

  const jobsWhere = (condition: string) =>
    db.query<JobColumns, []>(`SELECT ${JOB_COLUMNS} FROM executor_jobs WHERE ${condition}`);
  const nextQueued = jobsWhere(`${IS_WAITING} ORDER BY rowid LIMIT 1`);
  const running = jobsWhere("state = 'running' ORDER BY rowid");
  const countWaiting = db.query<{ count: number }, []>(
    `SELECT count(*) AS count FROM executor_jobs WHERE ${IS_WAITING}`,
  );

  return {
    enqueue(job: QueuedJob): JobRow {
      const row = insert.get({ ...job });
      if (!row) throw new Error("an insert returned no row");
      return toJob(row);
    },
    start: (jobId: string, transition: Started): JobRow | undefined => toJobIfAny(start.get({ jobId, ...transition })),
    finishRunning: (jobId: string, transition: Finished): JobRow | undefined =>
      toJobIfAny(finishRunning.get({ jobId, ...transition })),
    finishQueued: (jobId: string, transition: Finished): JobRow | undefined =>
      toJobIfAny(finishQueued.get({ jobId, ...transition })),

    /** Not waited for until it is on the disk: it helps after a crash of this process, and none outlives a power loss. */
    noteProcess(jobId: string, { pid, identity, cgroupPath }: NotedProcess): void {
      db.run("PRAGMA synchronous = NORMAL");
      try {
        noteProcess.run({ jobId, pid, identity: identity ?? null, cgroupPath: cgroupPath ?? null });
      } finally {
        db.run("PRAGMA synchronous = FULL");
      }
    },
    /** Keeps the time of the first note. */
    noteWaiting: (jobId: string, waiting: Waiting): JobRow | undefined =>
      toJobIfAny(noteWaiting.get({ jobId, ...waiting })),

    /** The job that has waited longest. */
    nextQueued: (): JobRow | undefined => toJobIfAny(nextQueued.get()),
    countQueued: (): number => countWaiting.get()?.count ?? 0,
    listRunning: (): JobRow[] => running.all().map(toJob),
  };
};
