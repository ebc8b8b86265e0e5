import type { Db } from "@/db/open.ts";
import { createKeyRepository, type IdempotencyKey } from "./key-repository.ts";
import { createLifecycleRepository } from "./lifecycle-repository.ts";
import { createListRepository } from "./list-repository.ts";
import { createRetentionRepository } from "./retention-repository.ts";
import type { JobRow, QueuedJob } from "./state.ts";

/** All that is stored of jobs. */
export const createJobRepository = (db: Db) => {
  const lifecycle = createLifecycleRepository(db);
  const { findKey, rememberKey } = createKeyRepository(db);
  const enqueueOnce = db.transaction((job: QueuedJob, key: IdempotencyKey, expiredBefore: string): JobRow => {
    rememberKey(key, expiredBefore);
    return lifecycle.enqueue(job);
  });

  return {
    ...lifecycle,
    ...createListRepository(db),
    ...createRetentionRepository(db),
    findKey,
    /** Job and key together, or neither. */
    enqueueOnce: (job: QueuedJob, key: IdempotencyKey, expiredBefore: string): JobRow =>
      enqueueOnce.immediate(job, key, expiredBefore),
  };
};

export type JobRepository = ReturnType<typeof createJobRepository>;
