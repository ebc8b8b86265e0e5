import { eq, max, sql } from "drizzle-orm";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Db } from "./open.ts";
import { executorJobs, serviceState } from "./schema.ts";
import { createServiceState, withoutSync } from "./service-state.ts";

const SAVE_MS = 10 * 60_000;
const NAME = "running_time";

/** As last saved, for statements that store it; null before the first time. */
export const savedRunningTime = sql`(select json_extract(${serviceState.value}, '$') from ${serviceState} where ${eq(serviceState.name, NAME)})`;

/**
 * How long the service has run, as a time that began with the wall clock's. What is kept for so many days is counted by
 * it, because the wall clock can jump in either direction. It stands still while the service is down.
 */
export const createRunningTime = ({ db, clock }: { db: Db; clock: Clock }) => {
  const state = createServiceState(db);
  /** At first no later than the newest job, in case the wall clock is ahead just then. */
  const firstMs = () => {
    const newest = db
      .select({ at: max(executorJobs.createdAt) })
      .from(executorJobs)
      .get();
    return Math.min(clock.now().getTime(), Date.parse(newest?.at ?? "") || Infinity);
  };

  const saved = state.load(NAME);
  const beganMs = (saved ? Date.parse(JSON.parse(saved)) : firstMs()) - clock.monotonicMs();
  const now = () => new Date(beganMs + clock.monotonicMs());
  let saveAtMs = clock.monotonicMs();

  return {
    now,
    /** Called every minute. */
    save(): void {
      if (clock.monotonicMs() < saveAtMs) return;
      withoutSync(db, () => state.save(NAME, JSON.stringify(toTimestamp(now())), ""));
      saveAtMs = clock.monotonicMs() + SAVE_MS;
    },
  };
};
