import type { ChecksView, ProbeView } from "@/gateway/view.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { CheckRepository, StoredChecks } from "./repository.ts";

/** A day of half hours, the one under way included. */
export const CHECK_PERIODS = 48;
export const CHECK_PERIOD_MS = 30 * 60_000;

/**
 * How the gateway's checks of the last day came out. They are counted in memory and written by the housekeeping:
 * whoever asks for a check waits for no disk, and a crash costs a minute of counts.
 */
export const createCheckHistory = ({ repository, clock }: { repository: CheckRepository; clock: Clock }) => {
  const periods = new Map(repository.list().map((stored) => [stored.startedAt, stored]));
  const changed = new Set<StoredChecks>();

  /** As it was last shown, which mostly is as it is. */
  let shown: { period: number; view: ChecksView[] } | undefined;

  const currentPeriod = (): number => Math.floor(clock.now().getTime() / CHECK_PERIOD_MS);

  const startOf = (periodsAgo: number): string =>
    toTimestamp(new Date((currentPeriod() - periodsAgo) * CHECK_PERIOD_MS));

  const lookAll = (): ChecksView[] =>
    Array.from({ length: CHECK_PERIODS }, (_, index) => {
      const startedAt = startOf(CHECK_PERIODS - 1 - index);
      const { ok, failed, errorType } = periods.get(startedAt) ?? { ok: 0, failed: 0, errorType: "" as const };
      return { started_at: startedAt, ok, failed, error_type: errorType };
    });

  return {
    note({ ok, error_type }: Pick<ProbeView, "ok" | "error_type">): void {
      const startedAt = startOf(0);
      const period = periods.get(startedAt) ?? { startedAt, ok: 0, failed: 0, errorType: "" };
      if (ok) period.ok++;
      else period.failed++;
      if (!ok) period.errorType = error_type;
      periods.set(startedAt, period);
      changed.add(period);
      shown = undefined;
    },

    /** Writes what was counted since the last call, and forgets what is older than a day. */
    save(): void {
      if (changed.size === 0) return;
      const deleteBefore = startOf(CHECK_PERIODS - 1);
      repository.save([...changed], { deleteBefore });
      changed.clear();
      for (const startedAt of periods.keys()) if (startedAt < deleteBefore) periods.delete(startedAt);
    },

    /** The half hours of the last day, the oldest first; those in which nobody looked have no checks. */
    view(): readonly ChecksView[] {
      const period = currentPeriod();
      if (shown?.period !== period) shown = { period, view: lookAll() };
      return shown.view;
    },
  };
};

export type CheckHistory = ReturnType<typeof createCheckHistory>;
