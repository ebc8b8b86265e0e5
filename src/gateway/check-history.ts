import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { GatewayRepository, StoredChecks } from "./repository.ts";
import type { ChecksView, ProbeView } from "./view.ts";

/** A day of half hours, the current one included. */
export const CHECK_PERIODS = 48;
export const CHECK_PERIOD_MS = 30 * 60_000;

type Repository = Pick<GatewayRepository, "listChecks" | "saveChecks">;

/** Results of the gateway's checks over the last day. Counted in memory and saved once a minute by the housekeeping. */
export const createCheckHistory = ({ repository, clock }: { repository: Repository; clock: Clock }) => {
  const periods = new Map(repository.listChecks().map((stored) => [stored.startedAt, stored]));
  const changed = new Set<StoredChecks>();

  const startOf = (periodsAgo: number): string => {
    const current = Math.floor(clock.now().getTime() / CHECK_PERIOD_MS);
    return toTimestamp(new Date((current - periodsAgo) * CHECK_PERIOD_MS));
  };

  return {
    note({ ok, error_type }: Pick<ProbeView, "ok" | "error_type">): void {
      const startedAt = startOf(0);
      const period = periods.get(startedAt) ?? { startedAt, ok: 0, failed: 0, errorType: "" };
      if (ok) period.ok++;
      else period.failed++;
      if (!ok) period.errorType = error_type;
      periods.set(startedAt, period);
      changed.add(period);
    },

    /** Writes what has changed since the last call and deletes what is older than a day. */
    save(): void {
      if (changed.size === 0) return;
      const deleteBefore = startOf(CHECK_PERIODS - 1);
      repository.saveChecks([...changed], { deleteBefore });
      changed.clear();
      for (const startedAt of periods.keys()) if (startedAt < deleteBefore) periods.delete(startedAt);
    },

    /** Oldest first; periods without a check have counts of 0. */
    view: (): ChecksView[] =>
      Array.from({ length: CHECK_PERIODS }, (_, index) => {
        const startedAt = startOf(CHECK_PERIODS - 1 - index);
        const { ok, failed, errorType } = periods.get(startedAt) ?? { ok: 0, failed: 0, errorType: "" };
        return { started_at: startedAt, ok, failed, error_type: errorType };
      }),
  };
};

export type CheckHistory = ReturnType<typeof createCheckHistory>;
