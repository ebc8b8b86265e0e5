import type { MemoryGate } from "@/gates/memory.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { oncePerTick } from "@/lib/once-per-tick.ts";
import { listBackups } from "./folder.ts";
import type { BackupView } from "./view.ts";

/** A service that is started and stopped again makes none, nor does its start wait for one. */
const SETTLED_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const RETRY_MS = 60 * 60_000;

interface DailyBackupDeps {
  folder: string;
  /** @returns what went wrong, "" when nothing did. */
  backUp(): Promise<string>;
  memoryGate: Pick<MemoryGate, "view">;
  clock: Clock;
  logger: Logger;
}

/** Once a day, counted from the newest backup there is, whoever made it; not while memory is short. */
export const createDailyBackup = ({ folder, backUp, memoryGate, clock, logger }: DailyBackupDeps) => {
  let notBeforeMs = clock.monotonicMs() + SETTLED_MS;
  let lastError = "";
  const list = oncePerTick(() => listBackups(folder));

  const isDue = (): boolean => {
    if (clock.monotonicMs() < notBeforeMs) return false;
    const nowMs = clock.now().getTime();
    // One from the future says nothing: the clock was wrong then, or is now.
    const newest = listBackups(folder).find(({ at }) => at.getTime() <= nowMs);
    return newest === undefined || nowMs - newest.at.getTime() >= DAY_MS;
  };

  return {
    /** For every minute. */
    async run(): Promise<void> {
      const { gate } = memoryGate.view();
      if (gate === "heavy_rejected" || gate === "read_only" || !isDue()) return;
      lastError = await backUp();
      notBeforeMs = clock.monotonicMs() + RETRY_MS;
      if (lastError === "") logger.info({}, "backed up");
      else logger.error({ reason: lastError }, "the daily backup failed");
    },
    view(): BackupView {
      const backups = list();
      const [newest] = backups;
      return {
        count: backups.length,
        last_at: newest ? toTimestamp(newest.at) : null,
        last_bytes: newest?.bytes ?? null,
        last_error: lastError,
      };
    },
  };
};

export type DailyBackup = ReturnType<typeof createDailyBackup>;
