import { eq, max, sql } from "drizzle-orm";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Db } from "./open.ts";
import { excluded } from "./placeholders.ts";
import { prepared } from "./prepared.ts";
import { executorJobs, serviceState } from "./schema.ts";
import { withoutSync } from "./write.ts";

const SAVE_MS = 10 * 60_000;
const isRunningTime = eq(serviceState.name, "running_time");

/** As last saved, for statements that store it; null before the first time. */
export const savedRunningTime = sql`(select json_extract(${serviceState.value}, '$') from ${serviceState} where ${isRunningTime})`;

/**
 * How long the service has run, as a time that began with the wall clock's. What is kept for so many days is counted by
 * it, because the wall clock can jump in either direction. It stands still while the service is down.
 */
export const createRunningTime = ({ db, clock }: { db: Db; clock: Clock }) => {
  const selectSaved = prepared(() => db.select().from(serviceState).where(isRunningTime));
  const selectNewest = prepared(() => db.select({ at: max(executorJobs.createdAt) }).from(executorJobs));
  const upsert = prepared(() =>
    db
      .insert(serviceState)
      .values({ name: "running_time", value: sql`${sql.placeholder("value")}`, updatedAt: "" })
      .onConflictDoUpdate({ target: serviceState.name, set: { value: excluded(serviceState.value) } }),
  );
  /** At first no later than the newest job, in case the wall clock is ahead just then. */
  const firstMs = () => Math.min(clock.now().getTime(), Date.parse(selectNewest().get()?.at ?? "") || Infinity);

  const saved = selectSaved().get();
  const beganMs = (saved ? Date.parse(JSON.parse(saved.value)) : firstMs()) - clock.monotonicMs();
  const now = () => new Date(beganMs + clock.monotonicMs());
  let saveAtMs = clock.monotonicMs();

  return {
    now,
    /** Called every minute. */
    save(): void {
      if (clock.monotonicMs() < saveAtMs) return;
      withoutSync(db, () => upsert().run({ value: JSON.stringify(toTimestamp(now())) }));
      saveAtMs = clock.monotonicMs() + SAVE_MS;
    },
  };
};
