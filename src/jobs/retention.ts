import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Journals } from "./journal.ts";
import type { JobRepository } from "./repository.ts";

/** Per run, so that no request waits long. */
const MAX_DELETED = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

interface RetentionDeps {
  repository: Pick<JobRepository, "deleteOld">;
  journals: Pick<Journals, "remove">;
  days: number;
  maxJobs: number;
  clock: Clock;
}

/** Deletes finished jobs that are too old or too many, with their journals. Called once a minute. */
export const createRetention =
  ({ repository, journals, days, maxJobs, clock }: RetentionDeps) =>
  (): void => {
    const now = clock.now();
    const endedBefore = toTimestamp(new Date(now.getTime() - days * DAY_MS));
    const deleted = repository.deleteOld({ endedBefore, keep: maxJobs, limit: MAX_DELETED, now });
    for (const jobId of deleted) journals.remove(jobId);
  };
