import { resolve } from "node:path";
import { listBackups } from "@/backup/folder.ts";
import { restore } from "@/backup/restore.ts";
import { parseConfig } from "@/config.ts";
import { systemClock } from "@/lib/clock.ts";
import { formatBytes } from "@/locales/format.ts";
import { translate } from "@/locales/translate.ts";
import { finish } from "./backup-steps.ts";
import type { Command } from "./command.ts";
import { takeLocale } from "./options.ts";

const USAGE_ERROR = 2;

/** Puts a backup in the place of the database, which is kept beside it. Without a file: which there are. */
export const run: Command = async ({ args, environment, print, complain }) => {
  const {
    locale,
    rest: [name],
  } = takeLocale(args);
  const t = translate(locale);
  const {
    dbPath,
    backup: { folder },
  } = parseConfig(environment);
  if (name === undefined) {
    const backups = listBackups(folder);
    complain(t("backup.usage"));
    complain(backups.length > 0 ? t("backup.available") : t("backup.none", { folder }));
    for (const { path, bytes } of backups) complain(`  ${path}  ${formatBytes(bytes)}`);
    return USAGE_ERROR;
  }
  const file = resolve(name);
  const done = finish(() => restore({ file, dbPath, now: systemClock.now() }), { locale, complain });
  if (!done) return 1;
  print(t("backup.restored", { file, jobs: done.jobs, path: dbPath }));
  if (done.interrupted > 0) print(t("backup.interrupted", { count: done.interrupted }));
  if (done.kept) print(t("backup.kept", { kept: done.kept }));
  return 0;
};
