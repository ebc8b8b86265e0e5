import type { Db } from "@/db/open.ts";

type Limits = {
  endedBefore: string;
  /** How many finished jobs may stay. */
  keep: number;
  /** Jobs whose idempotency key is no older than this stay: a repeated submit must find them. */
  keysSince: string;
  batch: number;
};

const IS_FINISHED = "state IN ('succeeded', 'failed', 'canceled')";

export const createRetentionRepository = (db: Db) => {
  const deleteOld = db.query<{ id: string }, Limits>(`
    DELETE FROM executor_jobs WHERE job_id IN (
      SELECT job_id FROM executor_jobs
      WHERE ${IS_FINISHED}
        AND (finished_at < $endedBefore OR job_id NOT IN (
          SELECT job_id FROM executor_jobs WHERE ${IS_FINISHED} ORDER BY rowid DESC LIMIT $keep))
        AND job_id NOT IN (SELECT job_id FROM idempotency_keys WHERE created_at >= $keysSince)
        AND change_seq IS NOT (SELECT max(change_seq) FROM executor_jobs)
      ORDER BY rowid LIMIT $batch)
    RETURNING job_id AS id`);

  return {
    /**
     * Deletes some of the finished jobs that ended before `endedBefore` or are not among the `keep` newest of them, and
     * returns their ids. The newest change stays, so that the feed's cursor never goes back.
     */
    deleteOld: (limits: Limits): string[] => deleteOld.all(limits).map(({ id }) => id),
  };
};
