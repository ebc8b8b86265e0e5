import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import type { Journals } from "./journal.ts";
import { keysSince } from "./key-lifetime.ts";
import type { JobRepository } from "./repository.ts";

/** Small enough to hold up no request. */
const BATCH = 25;
const PAUSE_MS = 20;
const DAY_MS = 24 * 60 * 60 * 1000;

interface RetentionDeps {
  repository: Pick<JobRepository, "deleteOld">;
  journals: Pick<Journals, "remove">;
  days: number;
  maxJobs: number;
  clock: Clock;
  logger: Logger;
}

/** Deletes finished jobs that are too old or too many, with their journals, a few at a time. */
export const createRetention = ({ repository, journals, days, maxJobs, clock, logger }: RetentionDeps) => {
  let cancelNext: (() => void) | undefined;

  const deleteSome = () => {
    cancelNext = undefined;
    try {
      const endedBefore = toTimestamp(new Date(clock.now().getTime() - days * DAY_MS));
      const keys = toTimestamp(keysSince(clock));
      const deleted = repository.deleteOld({ endedBefore, keep: maxJobs, keysSince: keys, batch: BATCH });
      for (const jobId of deleted) journals.remove(jobId);
      if (deleted.length === BATCH) cancelNext = clock.schedule(PAUSE_MS, deleteSome);
    } catch (error) {
      logger.error({ err: error }, "old jobs could not be deleted");
    }
  };

  return {
    /** Called at start and once a minute, never on a job's way: the look itself takes a while. */
    run(): void {
      cancelNext ??= clock.schedule(0, deleteSome);
    },
    stop: (): void => cancelNext?.(),
  };
};

export type Retention = ReturnType<typeof createRetention>;
