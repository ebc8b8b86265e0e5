import type { Db } from "@/db/open.ts";
import { JOB_COLUMNS, type JobColumns, toJob, toJobIfAny } from "./rows.ts";
import type { JobRow, JobState } from "./state.ts";

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

const JOBS = `SELECT ${JOB_COLUMNS} FROM executor_jobs`;

export const createListRepository = (db: Db) => {
  const find = db.query<JobColumns, { jobId: string }>(`${JOBS} WHERE job_id = $jobId`);
  const countByState = db.query<{ state: JobState; count: number }, []>(
    "SELECT state, count(*) AS count FROM executor_jobs GROUP BY state",
  );
  const changedSince = db.query<JobColumns, { since: number; limit: number }>(
    `${JOBS} WHERE change_seq > $since ORDER BY change_seq LIMIT $limit`,
  );
  const listBefore = (condition: string) =>
    db.query<JobColumns & { position: number }, { state: string | null; before: number; limit: number }>(`
      SELECT ${JOB_COLUMNS}, rowid AS position FROM executor_jobs WHERE ${condition} AND rowid < $before
      ORDER BY rowid DESC LIMIT $limit`);
  const listAll = listBefore("$state IS NULL");
  const listInState = listBefore("state = $state");

  return {
    find: (jobId: string): JobRow | undefined => toJobIfAny(find.get({ jobId })),

    /** Newest first. */
    list({ state = null, before = Number.MAX_SAFE_INTEGER, limit }: ListQuery): ListedJob[] {
      const statement = state === null ? listAll : listInState;
      return statement.all({ state, before, limit }).map(({ position, ...row }) => ({ job: toJob(row), position }));
    },

    countByState: (): Map<JobState, number> => new Map(countByState.all().map(({ state, count }) => [state, count])),

    /** In the order of change, oldest first. */
    changedSince: (since: number, limit: number): JobRow[] => changedSince.all({ since, limit }).map(toJob),
  };
};
