import { resolve } from "node:path";
import { backUp } from "@/backup/backup.ts";
import { listBackups } from "@/backup/folder.ts";
import { RefusalError } from "@/backup/refusal.ts";
import { restore } from "@/backup/restore.ts";
import { parseConfig } from "@/config.ts";
import { systemClock } from "@/lib/clock.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { formatBytes } from "@/locales/format.ts";
import type { Translate } from "@/locales/translate.ts";
import type { Command } from "./command.ts";

/** Makes a checked copy of the database, also while the service runs. */
export const runBackup: Command = async ({ environment, t }) => {
  const { dbPath, backup } = parseConfig(environment);
  return orReport(t, () => {
    const { path, jobs, bytes, removed } = backUp({ dbPath, ...backup, now: systemClock.now() });
    console.log(t("backup.made", { path, jobs, size: formatBytes(bytes) }));
    for (const path of removed) console.log(t("backup.removed", { path }));
  });
};

/** Replaces the database by a backup and keeps the old one beside it; without a file it lists the backups. */
export const runRestore: Command = async ({ args: [name], environment, t }) => {
  const { dbPath, backup } = parseConfig(environment);
  if (name === undefined) {
    const backups = listBackups(backup.folder);
    console.error(t("cli.restore").split("\n", 1)[0]);
    console.error(backups.length > 0 ? t("backup.available") : t("backup.none", { folder: backup.folder }));
    for (const { path, bytes } of backups) console.error(`  ${path}  ${formatBytes(bytes)}`);
    return 2;
  }
  return orReport(t, () => {
    const file = resolve(name);
    const { jobs, interrupted, kept } = restore({ file, dbPath, now: systemClock.now() });
    console.log(t("backup.restored", { file, jobs, path: dbPath }));
    if (interrupted > 0) console.log(t("backup.interrupted", { count: interrupted }));
    if (kept) console.log(t("backup.kept", { kept }));
  });
};

const orReport = (t: Translate, work: () => void): number => {
  try {
    work();
    return 0;
  } catch (error) {
    if (error instanceof RefusalError) console.error(t(`refusal.${error.code}`, error.detail));
    else console.error(t("backup.failed", { message: rootCauseOf(error) }));
    return 1;
  }
};
