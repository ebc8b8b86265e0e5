import { and, asc, count, eq, sql } from "drizzle-orm";
import type { Db } from "@/db/client.ts";
import { executorJobs as jobs } from "@/db/schema.ts";
import type { Finished, JobRow, QueuedJob, Started } from "./state.ts";

/** Each method is one statement; a change names the state it leaves and returns undefined when the job had left it. */
export const createJobRepository = (db: Db) => {
  const param = (name: string) => sql`${sql.placeholder(name)}`;

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
    })
    .returning()
    .prepare();

  const find = db
    .select()
    .from(jobs)
    .where(eq(jobs.jobId, param("jobId")))
    .prepare();

  const countInState = db
    .select({ count: count() })
    .from(jobs)
    .where(eq(jobs.state, param("state")))
    .prepare();

  const listInState = db
    .select()
    .from(jobs)
    .where(eq(jobs.state, param("state")))
    .orderBy(asc(sql`rowid`))
    .prepare();

  const firstQueued = db
    .select({ jobId: jobs.jobId })
    .from(jobs)
    .where(eq(jobs.state, "queued"))
    .orderBy(asc(sql`rowid`))
    .limit(1);

  const claim = db
    .update(jobs)
    .set({ state: param("state"), startedAt: param("startedAt") })
    .where(and(eq(jobs.state, "queued"), eq(jobs.jobId, sql`(${firstQueued})`)))
    .returning()
    .prepare();

  const finish = db
    .update(jobs)
    .set({
      state: param("state"),
      finishedAt: param("finishedAt"),
      resultText: param("resultText"),
      errorCode: param("errorCode"),
      error: param("error"),
      threadId: param("threadId"),
      usage: param("usage"),
      pid: null,
      pidStart: null,
    })
    .where(and(eq(jobs.jobId, param("jobId")), eq(jobs.state, param("from"))))
    .returning()
    .prepare();

  const noteProcess = db
    .update(jobs)
    .set({ pid: param("pid"), pidStart: param("pidStart") })
    .where(and(eq(jobs.jobId, param("jobId")), eq(jobs.state, "running")))
    .prepare();

  return {
    enqueue: (job: QueuedJob): JobRow => insert.get(job),
    find: (jobId: string): JobRow | undefined => find.get({ jobId }),
    /** Takes the job that has waited longest. */
    claimNext: (transition: Started): JobRow | undefined => claim.get(transition),
    finishRunning: (jobId: string, transition: Finished): JobRow | undefined =>
      finish.get({ ...transition, jobId, from: "running" }),
    cancelQueued: (jobId: string, transition: Finished): JobRow | undefined =>
      finish.get({ ...transition, jobId, from: "queued" }),
    noteProcess: (jobId: string, pid: number, pidStart: string | undefined): void => {
      noteProcess.run({ jobId, pid, pidStart: pidStart ?? null });
    },
    countQueued: (): number => countInState.get({ state: "queued" })?.count ?? 0,
    listRunning: (): JobRow[] => listInState.all({ state: "running" }),
  };
};

export type JobRepository = ReturnType<typeof createJobRepository>;
