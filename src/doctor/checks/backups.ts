import { type Backup, listBackups } from "@/backup/folder.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import type { Clock } from "@/lib/clock.ts";
import { formatBytes, formatDuration } from "@/locales/format.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";

const DAY_SECONDS = 86_400;
/** One may have failed and been tried again. */
const OLD_SECONDS = 2 * DAY_SECONDS;
const MAKE_ONE = "bun run backup";

export const checkBackups = ({ config, database, clock }: DoctorContext): Finding[] => {
  // What is not there, or damaged, cannot be backed up.
  if (database.kind !== "ours") return [];
  const { folder } = config.backup;
  const backups = listBackups(folder);
  const [newest] = backups;
  if (!newest) return [found("backup_none", { folder }, MAKE_ONE)];
  const inspection = inspectDatabase(newest.path);
  if (inspection.kind !== "ours") return [found("backup_broken", { path: newest.path }, MAKE_ONE)];
  const age = ageOf(newest, clock);
  const values = { path: newest.path, count: backups.length, size: formatBytes(newest.bytes) };
  const aged = { ...values, age: formatDuration(age, "zh-CN"), age_en: formatDuration(age, "en") };
  return [age > OLD_SECONDS ? found("backup_old", aged, MAKE_ONE) : found("backup_ok", aged)];
};

const ageOf = ({ at }: Backup, clock: Clock): number => (clock.now().getTime() - at.getTime()) / 1000;
