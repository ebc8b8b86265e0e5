import { z } from "zod";
import type { Config } from "@/config.ts";
import { runCommand } from "@/executor/programs.ts";
import type { Subreaper } from "@/executor/subreaper.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { NO_ENV_FILE } from "@/lib/env-file.ts";
import type { Logger } from "@/lib/logger.ts";
import { listBackups, newestOf } from "./folder.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const BackupView = z.object({
  count: z.int(),
  last_at: z.iso.datetime().nullable().describe("When the newest backup was made, by whatever means."),
  last_bytes: z.int().nullable(),
  last_error: z.string().describe("Empty unless the last daily backup failed."),
});
export type BackupView = z.output<typeof BackupView>;

/**
 * The command line of this program. A newer build may have deleted the file of a running executable, so the kernel's
 * link to it is used.
 */
export const self: readonly [string, ...string[]] = Bun.isStandaloneExecutable
  ? ["/proc/self/exe"]
  : [process.execPath, "--no-env-file", Bun.main];

interface BackupChildDeps {
  self: readonly [string, ...string[]];
  config: Pick<Config, "root" | "home" | "dbPath" | "backup">;
  subreaper: Subreaper;
  clock: Clock;
}

/**
 * Backs up in a child process, without any secret: `VACUUM INTO` blocks its caller (70 ms for 23 MiB, 0.4 s for
 * 117 MiB).
 * @returns a function that resolves to the error message, "" on success.
 */
export const createBackupChild =
  ({ self, config, subreaper, clock }: BackupChildDeps) =>
  async (): Promise<string> => {
    const env = {
      HOME: config.home,
      OPENCLAW_BACKEND_ROOT: config.root,
      BACKEND_ENV_FILE: NO_ENV_FILE,
      BACKEND_DB_PATH: config.dbPath,
      BACKUP_DIR: config.backup.folder,
      BACKUP_KEEP: String(config.backup.keep),
    };
    const command = { argv: [...self, "backup"], env, timeoutMs: 30 * MINUTE_MS, subreaper, clock } as const;
    const { exitCode, output } = await runCommand(command);
    return exitCode === 0 ? "" : (output.split("\n").at(-1) ?? "");
  };

interface DailyBackupDeps {
  folder: string;
  backUp: () => Promise<string>;
  isMemoryLow: () => boolean;
  clock: Clock;
  logger: Logger;
}

/** One backup a day, counted from the newest file, whoever made it; none while memory is low. */
export const createDailyBackup = ({ folder, backUp, isMemoryLow, clock, logger }: DailyBackupDeps) => {
  // No backup by a service that runs for a few minutes only.
  let notBeforeMs = clock.monotonicMs() + 10 * MINUTE_MS;
  let lastError = "";

  const isDue = (): boolean => {
    if (clock.monotonicMs() < notBeforeMs || isMemoryLow()) return false;
    const nowMs = clock.now().getTime();
    // Files from the future do not count: the clock was wrong then, or is now.
    const newest = listBackups(folder).find(({ at }) => at.getTime() <= nowMs);
    return newest === undefined || nowMs - newest.at.getTime() >= DAY_MS;
  };

  return {
    /** Called every minute. */
    async run(): Promise<void> {
      if (!isDue()) return;
      lastError = await backUp();
      notBeforeMs = clock.monotonicMs() + 60 * MINUTE_MS;
      if (lastError === "") logger.info({}, "backed up");
      else logger.error({ reason: lastError }, "the daily backup failed");
    },
    view(): BackupView {
      const backups = listBackups(folder);
      const newest = newestOf(backups, clock.now());
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
