import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import type { GatewayRepository, StoredChecks } from "./repository.ts";
import type { ProbeView } from "./view.ts";

/** A day of half hours, the current one included. */
export const CHECK_PERIODS = 48;
export const CHECK_PERIOD_MS = 30 * 60_000;

type CheckResult = Pick<ProbeView, "ok" | "error_type">;
type Repository = Pick<GatewayRepository, "listChecks" | "saveChecks">;

/** Checks of the last day, counted in memory; saved once a minute, at a stop, and at the first failure of a period. */
export const createCheckHistory = ({ repository, clock }: { repository: Repository; clock: Clock }) => {
  /** In order of creation, since the clock may jump. */
  const periods = new Map(repository.listChecks().map((stored) => [stored.startedAt, stored]));
  const changed = new Set<StoredChecks>();

  const periodAt = (periodsAgo: number): StoredChecks => {
    const current = Math.floor(clock.now().getTime() / CHECK_PERIOD_MS);
    const startedAt = toTimestamp(new Date((current - periodsAgo) * CHECK_PERIOD_MS));
    return periods.get(startedAt) ?? { startedAt, ok: 0, failed: 0, errorType: "" };
  };

  /** Writes what has changed since the last call and keeps the last periods: by number, since the clock can jump. */
  const save = (): void => {
    if (changed.size === 0) return;
    const outdated = [...periods.keys()].slice(0, -CHECK_PERIODS);
    repository.saveChecks([...changed], { outdated });
    changed.clear();
    for (const startedAt of outdated) periods.delete(startedAt);
  };

  const note = ({ ok, error_type }: CheckResult): void => {
    const period = periodAt(0);
    period[ok ? "ok" : "failed"]++;
    if (!ok) period.errorType = error_type;
    periods.set(period.startedAt, period);
    changed.add(period);
    // What cannot be written now is written by the next call.
    if (!ok && period.failed === 1) attempt(save, undefined);
  };

  return {
    note,
    /** Counts what is known while no check may be sent, unless this period has one. */
    fill(result: CheckResult): void {
      const { ok, failed } = periodAt(0);
      if (ok + failed === 0) note(result);
    },
    save,
    /** Oldest first; periods without a check have counts of 0. */
    view: () => Array.from({ length: CHECK_PERIODS }, (_, index) => periodAt(CHECK_PERIODS - 1 - index)),
  };
};

export type CheckHistory = ReturnType<typeof createCheckHistory>;
