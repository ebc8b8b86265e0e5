import { backUp } from "@/backup/backup.ts";
import { parseConfig } from "@/config.ts";
import { systemClock } from "@/lib/clock.ts";
import { formatBytes } from "@/locales/format.ts";
import { translate } from "@/locales/translate.ts";
import { finish } from "./backup-steps.ts";
import type { Command } from "./command.ts";
import { takeLocale } from "./options.ts";

/** A checked copy of the database, also while the service runs. */
export const run: Command = async ({ args, environment, print, complain }) => {
  const { locale } = takeLocale(args);
  const t = translate(locale);
  const { dbPath, backup } = parseConfig(environment);
  const made = finish(() => backUp({ dbPath, ...backup, now: systemClock.now() }), { locale, complain });
  if (!made) return 1;
  print(t("backup.made", { path: made.path, jobs: made.jobs, size: formatBytes(made.bytes) }));
  for (const path of made.removed) print(t("backup.removed", { path }));
  return 0;
};
