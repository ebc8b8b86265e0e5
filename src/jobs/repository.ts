import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, lt, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Db } from "@/db/open.ts";
import { executorJobs, idempotencyKeys } from "@/db/schema.ts";
import { placeholders, withoutSync } from "@/db/write.ts";
import { toTimestamp } from "@/lib/clock.ts";
import {
  type Finished,
  finishedColumns,
  type JobRow,
  type JobState,
  type QueuedJob,
  queuedColumns,
  type Started,
} from "./state.ts";

/** Where a running job's processes can be found again after a crash of this service. */
type ProcessLocation = Pick<JobRow, "pid" | "pidStart" | "cgroupPath">;
type Waiting = Pick<JobRow, "waitingReason" | "waitingSince" | "waitingAvailableMib">;

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

interface RetentionLimits {
  endedBefore: string;
  /** How many finished jobs may stay. */
  keep: number;
  /** How many are deleted at most. */
  limit: number;
  now: Date;
}

/** A repeated submit within this time is answered with the job of the first one. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
const keysSince = (now: Date): string => toTimestamp(new Date(now.getTime() - KEY_LIFETIME_MS));

const { jobId, state, finishedAt, changeSeq } = executorJobs;
const { placeholder } = sql;

/** Drizzle has no name for SQLite's implicit column. Jobs are ordered by it; only VACUUM could renumber it. */
const rowid = sql<number>`rowid`;
/** The newest change is never deleted, so this only grows. */
const nextChange = sql`(select coalesce(max(${changeSeq}), 0) + 1 from ${executorJobs})`;
/** The predecessor's queued jobs, which have no change number, were abandoned long ago and are not run. */
const isWaiting = and(eq(state, "queued"), isNotNull(changeSeq));
const isFinished = inArray(state, ["succeeded", "failed", "canceled"]);
const notWaiting = { waitingReason: null, waitingSince: null, waitingAvailableMib: null };
const noProcess = { pid: null, pidStart: null, cgroupPath: null };

const isIn = (from: JobState) => and(eq(jobId, placeholder("jobId")), eq(state, from));

export const createJobRepository = (db: Db) => {
  const insertJob = db
    .insert(executorJobs)
    .values({ ...placeholders(queuedColumns), changeSeq: nextChange })
    .returning()
    .prepare();
  /** A change names the state that it applies to, and returns undefined if the job is no longer in it. */
  const changeFrom = (
    from: JobState,
    fields: readonly (keyof JobRow)[],
    alsoSet: SQLiteUpdateSetSource<typeof executorJobs>,
  ) =>
    db
      .update(executorJobs)
      .set({ ...placeholders(fields), ...alsoSet, changeSeq: nextChange })
      .where(isIn(from))
      .returning()
      .prepare();
  const start = changeFrom("queued", ["state", "startedAt"], notWaiting);
  const finishQueued = changeFrom("queued", finishedColumns, { ...notWaiting, ...noProcess });
  const finishRunning = changeFrom("running", finishedColumns, { ...notWaiting, ...noProcess });
  const setWaiting = changeFrom("queued", ["waitingReason", "waitingAvailableMib"], {
    waitingSince: sql`coalesce(${executorJobs.waitingSince}, ${placeholder("waitingSince")})`,
  });
  const setProcess = db
    .update(executorJobs)
    .set(placeholders(["pid", "pidStart", "cgroupPath"]))
    .where(isIn("running"))
    .prepare();

  const jobs = () => db.select().from(executorJobs).$dynamic();
  const selectJob = jobs()
    .where(eq(jobId, placeholder("jobId")))
    .prepare();
  const selectNextQueued = jobs().where(isWaiting).orderBy(rowid).limit(1).prepare();
  const selectRunning = jobs().where(eq(state, "running")).orderBy(rowid).prepare();
  const selectChanged = jobs()
    .where(gt(changeSeq, placeholder("since")))
    .orderBy(asc(changeSeq))
    .limit(placeholder("limit"))
    .prepare();
  const selectPage = (condition?: SQL) =>
    db
      .select({ job: executorJobs, position: rowid })
      .from(executorJobs)
      .where(and(condition, lt(rowid, placeholder("before"))))
      .orderBy(desc(rowid))
      .limit(placeholder("limit"))
      .prepare();
  const selectAny = selectPage();
  const selectInState = selectPage(eq(state, placeholder("state")));
  const countWaiting = db.select({ count: count() }).from(executorJobs).where(isWaiting).prepare();
  const countStates = db.select({ state, count: count() }).from(executorJobs).groupBy(state).prepare();

  const selectKey = db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.key, placeholder("key")), gte(idempotencyKeys.createdAt, placeholder("since"))))
    .prepare();
  const deleteExpiredKeys = db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, placeholder("since")))
    .prepare();
  const insertKey = db
    .insert(idempotencyKeys)
    .values(placeholders(["key", "requestHash", "jobId", "createdAt"]))
    .prepare();

  const newestFinished = db
    .select({ jobId })
    .from(executorJobs)
    .where(isFinished)
    .orderBy(desc(rowid))
    .limit(placeholder("keep"));
  const withKey = db
    .select({ jobId: idempotencyKeys.jobId })
    .from(idempotencyKeys)
    .where(gte(idempotencyKeys.createdAt, placeholder("keysSince")));
  const deletable = db
    .select({ jobId })
    .from(executorJobs)
    .where(
      and(
        isFinished,
        or(lt(finishedAt, placeholder("endedBefore")), notInArray(jobId, newestFinished)),
        notInArray(jobId, withKey),
        // Drizzle has no null-safe comparison.
        sql`${changeSeq} is not (select max(${changeSeq}) from ${executorJobs})`,
      ),
    )
    .orderBy(rowid)
    .limit(placeholder("limit"));
  const deleteOld = db.delete(executorJobs).where(inArray(jobId, deletable)).returning({ jobId }).prepare();

  return {
    /** With a key, both are stored or neither; keys that have expired are deleted. */
    enqueue(job: QueuedJob, key?: { key: string; requestHash: string }): JobRow {
      if (!key) return insertJob.get({ ...job });
      const store = () => {
        deleteExpiredKeys.run({ since: keysSince(new Date(job.createdAt)) });
        insertKey.run({ ...key, jobId: job.jobId, createdAt: job.createdAt });
        return insertJob.get({ ...job });
      };
      return db.transaction(store, { behavior: "immediate" });
    },
    findKey: (key: string, now: Date): typeof idempotencyKeys.$inferSelect | undefined =>
      selectKey.get({ key, since: keysSince(now) }),

    start: (id: string, transition: Started): JobRow | undefined => start.get({ jobId: id, ...transition }),
    finishRunning: (id: string, transition: Finished): JobRow | undefined =>
      finishRunning.get({ jobId: id, ...transition }),
    finishQueued: (id: string, transition: Finished): JobRow | undefined =>
      finishQueued.get({ jobId: id, ...transition }),
    /** Keeps the `waitingSince` of the first call. */
    noteWaiting: (id: string, waiting: Waiting): JobRow | undefined => setWaiting.get({ jobId: id, ...waiting }),
    /** Not synced: it helps only after a crash of this process, and no process outlives a power loss. */
    noteProcess: (id: string, location: ProcessLocation): void =>
      withoutSync(db, () => void setProcess.run({ jobId: id, ...location })),

    find: (id: string): JobRow | undefined => selectJob.get({ jobId: id }),
    /** The job that has waited longest. */
    nextQueued: (): JobRow | undefined => selectNextQueued.get(),
    listRunning: (): JobRow[] => selectRunning.all(),
    /** Newest first. */
    list: ({ state, before = Number.MAX_SAFE_INTEGER, limit }: ListQuery): ListedJob[] =>
      state === undefined ? selectAny.all({ before, limit }) : selectInState.all({ state, before, limit }),
    /** In the order of change, oldest first. */
    changedSince: (since: number, limit: number): JobRow[] => selectChanged.all({ since, limit }),
    countQueued: (): number => countWaiting.get()?.count ?? 0,
    countByState: (): Map<JobState, number> => new Map(countStates.all().map(({ state, count }) => [state, count])),

    /**
     * Deletes some of the finished jobs that ended before `endedBefore` or are not among the `keep` newest of them, and
     * returns their ids. Those with a valid idempotency key stay, and so does the newest change: the feed's cursor
     * never goes back.
     */
    deleteOld: ({ now, ...limits }: RetentionLimits): string[] =>
      deleteOld.all({ ...limits, keysSince: keysSince(now) }).map((job) => job.jobId),
  };
};

export type JobRepository = ReturnType<typeof createJobRepository>;
