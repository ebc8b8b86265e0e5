import { and, asc, count, desc, eq, gt, inArray, isNotNull, lt, notInArray, sql } from "drizzle-orm";
import type { Db } from "@/db/client.ts";
import { idempotencyKeys, executorJobs as jobs } from "@/db/schema.ts";
import type { Finished, JobRow, JobState, QueuedJob, Started } from "./state.ts";

/** A job, and its place in the order of submission: the cursor of the list. */
export interface ListedJob {
  job: JobRow;
  position: number;
}

export interface ListQuery {
  state?: JobState | undefined;
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

const FINAL_STATES: JobState[] = ["succeeded", "failed", "canceled"];

/** Never deleted with the newest change (see `deleteOld`), so it does not go back. */
const nextChange = sql<number>`(select coalesce(max(change_seq), 0) + 1 from executor_jobs)`;
/** The order in which jobs came. Nothing here runs VACUUM, which alone could renumber it. */
const position = sql<number>`executor_jobs.rowid`;

/** Each change is one statement: it names the state it leaves, and returns undefined when the job had left it. */
export const createJobRepository = (db: Db) => {
  const param = (name: string) => sql`${sql.placeholder(name)}`;
  const isJobIn = (state: JobState) => and(eq(jobs.jobId, param("jobId")), eq(jobs.state, state));

  const insert = db
    .insert(jobs)
    .values({
      jobId: param("jobId"),
      state: param("state"),
      executor: param("executor"),
      task: param("task"),
      cwd: param("cwd"),
      permissionLevel: param("permissionLevel"),
      allowDanger: param("allowDanger"),
      createdAt: param("createdAt"),
      traceId: param("traceId"),
      resumeJobId: param("resumeJobId"),
      changeSeq: nextChange,
    })
    .returning()
    .prepare();

  const find = db
    .select()
    .from(jobs)
    .where(eq(jobs.jobId, param("jobId")))
    .prepare();

  const running = db.select().from(jobs).where(eq(jobs.state, "running")).orderBy(asc(position)).prepare();

  /** Not those of the predecessor, which never came back to them: they may be months old. */
  const isWaiting = and(eq(jobs.state, "queued"), isNotNull(jobs.changeSeq));

  const nextQueued = db.select().from(jobs).where(isWaiting).orderBy(asc(position)).limit(1).prepare();

  const start = db
    .update(jobs)
    .set({
      state: param("state"),
      startedAt: param("startedAt"),
      waitingReason: null,
      waitingSince: null,
      waitingAvailableMib: null,
      changeSeq: nextChange,
    })
    .where(isJobIn("queued"))
    .returning()
    .prepare();

  const finishFrom = (state: JobState) =>
    db
      .update(jobs)
      .set({
        state: param("state"),
        finishedAt: param("finishedAt"),
        resultText: param("resultText"),
        errorCode: param("errorCode"),
        error: param("error"),
        threadId: param("threadId"),
        usage: param("usage"),
        exitCode: param("exitCode"),
        signal: param("signal"),
        durationMs: param("durationMs"),
        peakMemoryKib: param("peakMemoryKib"),
        cpuMs: param("cpuMs"),
        pid: null,
        pidStart: null,
        waitingReason: null,
        waitingSince: null,
        waitingAvailableMib: null,
        changeSeq: nextChange,
      })
      .where(isJobIn(state))
      .returning()
      .prepare();
  const finishRunning = finishFrom("running");
  const finishQueued = finishFrom("queued");

  const noteProcess = db
    .update(jobs)
    .set({ pid: param("pid"), pidStart: param("pidStart") })
    .where(isJobIn("running"))
    .prepare();

  const noteWaiting = db
    .update(jobs)
    .set({
      waitingReason: param("reason"),
      waitingSince: sql`coalesce(${jobs.waitingSince}, ${sql.placeholder("at")})`,
      waitingAvailableMib: param("availableMib"),
      changeSeq: nextChange,
    })
    .where(isJobIn("queued"))
    .returning()
    .prepare();

  const countWaiting = db.select({ count: count() }).from(jobs).where(isWaiting).prepare();

  const changedSince = db
    .select()
    .from(jobs)
    .where(gt(jobs.changeSeq, param("since")))
    .orderBy(asc(jobs.changeSeq))
    .limit(sql.placeholder("limit"))
    .prepare();

  const findKey = db
    .select()
    .from(idempotencyKeys)
    .where(eq(idempotencyKeys.key, param("key")))
    .prepare();
  const forgetKeys = db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, param("expiredBefore")))
    .prepare();
  const insertKey = db
    .insert(idempotencyKeys)
    .values({
      key: param("key"),
      requestHash: param("requestHash"),
      jobId: param("jobId"),
      createdAt: param("createdAt"),
    })
    .prepare();

  return {
    enqueue: (job: QueuedJob): JobRow => insert.get(job),

    /** Job and key together, or neither. */
    enqueueOnce(job: QueuedJob, { key, requestHash, createdAt, expiredBefore }: IdempotentSubmit): JobRow {
      return db.transaction(
        () => {
          forgetKeys.run({ expiredBefore });
          insertKey.run({ key, requestHash, jobId: job.jobId, createdAt });
          return insert.get(job);
        },
        { behavior: "immediate" },
      );
    },

    /** What the key was used for since `expiredBefore`. */
    findKey(key: string, expiredBefore: string): { requestHash: string; jobId: string } | undefined {
      const found = findKey.get({ key });
      return found && found.createdAt >= expiredBefore ? found : undefined;
    },

    find: (jobId: string): JobRow | undefined => find.get({ jobId }),
    /** The job that has waited longest. */
    nextQueued: (): JobRow | undefined => nextQueued.get(),
    start: (jobId: string, transition: Started): JobRow | undefined => start.get({ jobId, ...transition }),
    finishRunning: (jobId: string, transition: Finished): JobRow | undefined =>
      finishRunning.get({ jobId, ...transition }),
    finishQueued: (jobId: string, transition: Finished): JobRow | undefined =>
      finishQueued.get({ jobId, ...transition }),
    noteProcess: (jobId: string, pid: number, pidStart: string | undefined): void => {
      noteProcess.run({ jobId, pid, pidStart: pidStart ?? null });
    },
    /** Keeps the time of the first note. */
    noteWaiting: (jobId: string, waiting: { reason: string; at: string; availableMib: number | null }) =>
      noteWaiting.get({ jobId, ...waiting }),
    countQueued: (): number => countWaiting.get()?.count ?? 0,
    listRunning: (): JobRow[] => running.all(),
    /** In the order of change, oldest first. */
    changedSince: (since: number, limit: number): JobRow[] => changedSince.all({ since, limit }),

    /** Newest first. */
    list({ state, before, limit }: ListQuery): ListedJob[] {
      return db
        .select({ job: jobs, position })
        .from(jobs)
        .where(
          and(
            state === undefined ? undefined : eq(jobs.state, state),
            before === undefined ? undefined : lt(position, before),
          ),
        )
        .orderBy(desc(position))
        .limit(limit)
        .all();
    },

    /**
     * Deletes some of the finished jobs that ended before `endedBefore` or are not among the `keep` newest of them,
     * and returns their ids. The newest change stays, so that the feed's cursor never goes back.
     */
    deleteOld({ endedBefore, keep, batch }: { endedBefore: string; keep: number; batch: number }): string[] {
      const isFinished = inArray(jobs.state, FINAL_STATES);
      const newest = db.select({ id: jobs.jobId }).from(jobs).where(isFinished).orderBy(desc(position)).limit(keep);
      const old = db
        .select({ id: jobs.jobId })
        .from(jobs)
        .where(
          and(
            isFinished,
            sql`(${lt(jobs.finishedAt, endedBefore)} or ${notInArray(jobs.jobId, newest)})`,
            sql`${jobs.changeSeq} is not (select max(change_seq) from executor_jobs)`,
          ),
        )
        .orderBy(asc(position))
        .limit(batch);
      return db
        .delete(jobs)
        .where(inArray(jobs.jobId, old))
        .returning({ id: jobs.jobId })
        .all()
        .map(({ id }) => id);
    },
  };
};

export type JobRepository = ReturnType<typeof createJobRepository>;
