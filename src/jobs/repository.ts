import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  max,
  notInArray,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { SQLiteSelect, SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Db } from "@/db/open.ts";
import { savedRunningTime } from "@/db/running-time.ts";
import { executorJobs, idempotencyKeys } from "@/db/schema.ts";
import { withoutSync } from "@/db/service-state.ts";
import { placeholders, prepared, preparedFor } from "@/db/statements.ts";
import { toTimestamp } from "@/lib/clock.ts";
import type { Finished, JobRow, JobState, QueuedJob, Started } from "./state.ts";

/** Where a running job's processes can be found again after a crash of this service. */
type ProcessLocation = Pick<JobRow, "pid" | "pidStart" | "cgroupPath">;
type Waiting = Pick<JobRow, "waitingReason" | "waitingAvailableMib">;

export interface ListQuery {
  state?: JobState | undefined;
  /** Only jobs submitted before this position. */
  before?: number | undefined;
  limit: number;
}

/** A repeated submit within this time is answered with the job of the first one. */
const KEY_LIFETIME_DAYS = 1;
/** Per run of the retention, so that no request waits long. */
const MAX_DELETED = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

const daysBefore = (now: Date, days: number): string => toTimestamp(new Date(now.getTime() - days * DAY_MS));
const keysSince = (now: Date): string => daysBefore(now, KEY_LIFETIME_DAYS);

const { jobId, task, state, startedAt, finishedAt, agedFrom, changeSeq, resumeJobId } = executorJobs;
const { placeholder } = sql;

/** Drizzle has no name for SQLite's implicit column. Jobs are ordered by it; only VACUUM could renumber it. */
const rowid = sql<number>`rowid`;
/** The newest change is never deleted, so this only grows. */
const nextChange = sql`(select coalesce(max(${changeSeq}), 0) + 1 from ${executorJobs})`;
/** The predecessor's queued jobs, which have no change number, were abandoned long ago and are not run. */
const isWaiting = and(eq(state, "queued"), isNotNull(changeSeq));
const isFinished = inArray(state, ["succeeded", "failed", "canceled"]);
const notWaiting = { waitingReason: null, waitingAvailableMib: null };
const noProcess = { pid: null, pidStart: null, cgroupPath: null };

/** @param onEnd called within the transaction that stores the end of a job. */
export const createJobRepository = (db: Db, onEnd: (job: JobRow) => void = () => {}) => {
  const insertJob = preparedFor((job: Record<keyof QueuedJob, SQL>) =>
    db
      .insert(executorJobs)
      .values({ ...job, changeSeq: nextChange })
      .returning(),
  );
  const updateIn = <Change extends object>(
    from: JobState,
    columns: SQLiteUpdateSetSource<typeof executorJobs> = {},
  ) => {
    const statement = preparedFor((change: Record<keyof Change & string, SQL>) =>
      db
        .update(executorJobs)
        .set({ ...columns, ...change })
        .where(and(eq(jobId, placeholder("jobId")), eq(state, from)))
        .returning(),
    );
    return (id: string, change: Change): JobRow | undefined => statement(change).get({ jobId: id, ...change });
  };
  /** A change names the state that it applies to, and returns undefined if the job is no longer in it. */
  const changeIn = <Change extends object>(from: JobState, columns = {}) =>
    updateIn<Change>(from, { ...columns, changeSeq: nextChange });
  const endIn = (from: JobState, columns: object) => {
    const change = changeIn<Finished>(from, { ...columns, agedFrom: savedRunningTime });
    return (id: string, end: Finished): JobRow | undefined => {
      const store = () => {
        const job = change(id, end);
        if (job) onEnd(job);
        return job;
      };
      return db.transaction(store, { behavior: "immediate" });
    };
  };
  const setProcess = updateIn<ProcessLocation>("running");
  const deleteKey = prepared(() => db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, placeholder("key"))));
  const insertKey = prepared(() =>
    db.insert(idempotencyKeys).values({
      ...placeholders("key", "requestHash", "jobId"),
      createdAt: sql`coalesce(${savedRunningTime}, ${placeholder("createdAt")})`,
    }),
  );
  const deleteKeys = prepared(() =>
    db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, placeholder("since"))),
  );
  const selectKey = prepared(() =>
    db
      .select()
      .from(idempotencyKeys)
      .where(and(eq(idempotencyKeys.key, placeholder("key")), gte(idempotencyKeys.createdAt, placeholder("since")))),
  );

  const jobs = () => db.select().from(executorJobs).$dynamic();
  const selectJob = prepared(() => jobs().where(eq(jobId, placeholder("jobId"))));
  const selectNextQueued = prepared(() => jobs().where(isWaiting).orderBy(rowid).limit(1));
  const isRun = and(isFinished, isNotNull(startedAt), isNotNull(changeSeq));
  const selectByThread = prepared(() =>
    ids()
      .where(eq(executorJobs.threadId, placeholder("threadId")))
      .limit(1),
  );
  const selectLastRun = prepared(() => jobs().where(isRun).orderBy(desc(changeSeq)).limit(1));
  const selectRunning = prepared(() => jobs().where(eq(state, "running")).orderBy(rowid));
  const selectChanged = prepared(() =>
    jobs()
      .where(gt(changeSeq, placeholder("since")))
      .orderBy(asc(changeSeq))
      .limit(placeholder("limit")),
  );
  const page = <Query extends SQLiteSelect>(query: Query) =>
    query
      .where(and(or(isNull(placeholder("state")), eq(state, placeholder("state"))), lt(rowid, placeholder("before"))))
      .orderBy(desc(rowid))
      .limit(placeholder("limit"));
  const selectPage = prepared(() =>
    page(db.select({ job: executorJobs, position: rowid }).from(executorJobs).$dynamic()),
  );
  const isMatch = sql<number>`instr(lower(${jobId} || ' ' || ${task}), ${placeholder("text")})`;
  const selectMatches = prepared(() => page(db.select({ position: rowid, isMatch }).from(executorJobs).$dynamic()));
  const countWaiting = prepared(() => db.select({ count: count() }).from(executorJobs).where(isWaiting));
  const countStates = prepared(() => db.select({ state, count: count() }).from(executorJobs).groupBy(state));

  const ids = () => db.select({ jobId }).from(executorJobs).$dynamic();
  const newestFinished = ids().where(isFinished).orderBy(desc(rowid)).limit(placeholder("maxJobs"));
  const lastRun = ids().where(isRun).orderBy(desc(changeSeq)).limit(1);
  const withKey = db.select({ jobId: idempotencyKeys.jobId }).from(idempotencyKeys);
  const toBeResumed = db
    .select({ jobId: resumeJobId })
    .from(executorJobs)
    .where(and(inArray(state, ["queued", "running"]), isNotNull(resumeJobId)));
  const newestChange = db.select({ newest: sql<number>`coalesce(${max(changeSeq)}, 0)` }).from(executorJobs);
  const selectNewestChange = prepared(() => newestChange);
  const isDeletable = and(
    isFinished,
    or(lt(sql`coalesce(${agedFrom}, ${finishedAt})`, placeholder("endedBefore")), notInArray(jobId, newestFinished)),
    notInArray(jobId, withKey),
    notInArray(jobId, toBeResumed),
    notInArray(jobId, lastRun),
    // Drizzle has no null-safe comparison.
    sql`${changeSeq} is not ${newestChange}`,
  );
  const selectQueued = prepared(() => ids().where(isWaiting).orderBy(rowid));
  const deleteJobs = prepared(() =>
    db
      .delete(executorJobs)
      .where(inArray(jobId, ids().where(isDeletable).orderBy(rowid).limit(MAX_DELETED)))
      .returning({ jobId }),
  );

  const clearRetryAt = changeIn("failed", { retryAt: null });
  const liftChanges = prepared(() =>
    db.update(executorJobs).set({ changeSeq: sql`${changeSeq} + ${placeholder("by")}` }),
  );

  return {
    /** With a key, both are stored or neither; a key that was used before is the new job's. */
    enqueue(job: QueuedJob, key?: { key: string; requestHash: string }): JobRow {
      const { jobId, createdAt } = job;
      const store = () => {
        if (key) {
          deleteKey().run({ key: key.key });
          insertKey().run({ ...key, jobId, createdAt });
        }
        return insertJob(job).get({ ...job });
      };
      return db.transaction(store, { behavior: "immediate" });
    },
    findKey: (key: string, now: Date): typeof idempotencyKeys.$inferSelect | undefined =>
      selectKey().get({ key, since: keysSince(now) }),

    start: changeIn<Started>("queued", notWaiting),
    finishRunning: endIn("running", noProcess),
    finishQueued: endIn("queued", notWaiting),
    noteWaiting: changeIn<Waiting>("queued"),
    /** Not synced: it helps only after a crash of this process, and no process outlives a power loss. */
    noteProcess: (id: string, location: ProcessLocation): void => withoutSync(db, () => void setProcess(id, location)),

    /** Later jobs need no longer wait for this one's `retryAt`. */
    clearRetry: (id: string): JobRow | undefined => clearRetryAt(id, {}),

    find: (id: string): JobRow | undefined => selectJob().get({ jobId: id }),
    /** The job that has waited longest. */
    nextQueued: (): JobRow | undefined => selectNextQueued().get(),
    hasThread: (threadId: string): boolean => selectByThread().get({ threadId }) !== undefined,
    /** The run that ended last. */
    lastRun: (): JobRow | undefined => selectLastRun().get(),
    listQueued: (): Pick<JobRow, "jobId">[] => selectQueued().all(),
    listRunning: (): JobRow[] => selectRunning().all(),
    /** Newest first. */
    list: ({ state, before = Number.MAX_SAFE_INTEGER, limit }: ListQuery) =>
      selectPage().all({ state: state ?? null, before, limit }),
    /** The positions of the same jobs, and whether each holds `text`, which is in lower case. */
    match: ({ text, state, before = Number.MAX_SAFE_INTEGER, limit }: ListQuery & { text: string }) =>
      selectMatches().all({ text, state: state ?? null, before, limit }),
    /** In the order of change, oldest first. */
    changedSince: (since: number, limit: number): JobRow[] => selectChanged().all({ since, limit }),
    newestChange: (): number => selectNewestChange().get()?.newest ?? 0,
    /** Makes every job newer than `by`, so that followers of another file's feed see all as changed. */
    liftChanges: (by: number): void => void liftChanges().run({ by }),
    countQueued: (): number => countWaiting().get()?.count ?? 0,
    countByState: (): Map<JobState, number> =>
      new Map(
        countStates()
          .all()
          .map(({ state, count }) => [state, count]),
      ),

    /**
     * Deletes expired idempotency keys, and some of the finished jobs that ended over `days` ago or are not among the
     * `maxJobs` newest of them; returns the ids of these. A job stays that has a key, is to be resumed by another, was
     * the last run (the hold reads it), or is the newest change: the feed's cursor never goes back.
     * @param now by the running time.
     */
    deleteOld({ days, maxJobs, now }: { days: number; maxJobs: number; now: Date }): string[] {
      deleteKeys().run({ since: keysSince(now) });
      return deleteJobs()
        .all({ endedBefore: daysBefore(now, days), maxJobs })
        .map((deleted) => deleted.jobId);
    },
  };
};

export type JobRepository = ReturnType<typeof createJobRepository>;
