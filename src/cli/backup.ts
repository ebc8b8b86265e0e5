import { resolve } from "node:path";
import { backUp } from "@/backup/backup.ts";
import { listBackups } from "@/backup/folder.ts";
import { RefusalError } from "@/backup/refusal.ts";
import { restore } from "@/backup/restore.ts";
import { parseConfig } from "@/config.ts";
import { systemClock } from "@/lib/clock.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { formatBytes } from "@/locales/format.ts";
import { translate } from "@/locales/translate.ts";
import type { Command, CommandContext } from "./command.ts";

const USAGE_ERROR = 2;

/** Makes a checked copy of the database, also while the service runs. */
export const runBackup: Command = async (context) => {
  const { dbPath, backup } = parseConfig(context.environment);
  const t = translate(context.locale);
  return orReport(context, () => {
    const { path, jobs, bytes, removed } = backUp({ dbPath, ...backup, now: systemClock.now() });
    context.print(t("backup.made", { path, jobs, size: formatBytes(bytes) }));
    for (const path of removed) context.print(t("backup.removed", { path }));
  });
};

/** Replaces the database by a backup and keeps the old one beside it; without a file it lists the backups. */
export const runRestore: Command = async (context) => {
  const { args, environment, locale, print, printError } = context;
  const { dbPath, backup } = parseConfig(environment);
  const t = translate(locale);
  const [name] = args;
  if (name === undefined) {
    const backups = listBackups(backup.folder);
    printError(t("backup.usage"));
    printError(backups.length > 0 ? t("backup.available") : t("backup.none", { folder: backup.folder }));
    for (const { path, bytes } of backups) printError(`  ${path}  ${formatBytes(bytes)}`);
    return USAGE_ERROR;
  }
  return orReport(context, () => {
    const file = resolve(name);
    const { jobs, interrupted, kept } = restore({ file, dbPath, now: systemClock.now() });
    print(t("backup.restored", { file, jobs, path: dbPath }));
    if (interrupted > 0) print(t("backup.interrupted", { count: interrupted }));
    if (kept) print(t("backup.kept", { kept }));
  });
};

const orReport = ({ locale, printError }: CommandContext, work: () => void): number => {
  try {
    work();
    return 0;
  } catch (error) {
    const t = translate(locale);
    if (error instanceof RefusalError) printError(t(`refusal.${error.code}`, error.detail));
    else printError(t("backup.failed", { message: rootCauseOf(error) }));
    return 1;
  }
};
