import { listBackups, newestOf } from "@/backup/folder.ts";
import { inspectDatabase, NEWEST_VERSION } from "@/db/inspect.ts";
import { statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import type { DoctorContext } from "./context.ts";
import { duration, type Found, fail, ok, warn } from "./finding.ts";
import { moveAside, quote } from "./shell.ts";

/** Two days: one daily backup may have failed and been retried. */
const OLD_SECONDS = 2 * 86_400;

export const checkDatabase = ({ config, database, holder }: DoctorContext): Found => {
  const { dbPath: path, backup } = config;
  if (statsOf(path)?.isFile() === false) return undefined;
  if (database.kind === "missing") return ok("database_later", { path });
  if (database.kind !== "ours") {
    const intact = listBackups(backup.folder).find((copy) => inspectDatabase(copy.path).kind === "ours");
    const stop = holder ? `kill ${holder.pid} && sleep 5 && ` : "";
    const command = stop + (intact ? `bun run restore ${quote(intact.path)}` : moveAside(path));
    const detail = database.kind === "broken" ? database.detail : "";
    return fail(`database_${database.kind}`, { path, detail }, command);
  }
  const { version, jobs, bytes } = database;
  const values = { path, version, newest: NEWEST_VERSION, jobs, size: formatBytes(bytes) };
  if (version > NEWEST_VERSION) return warn("database_newer", values);
  return ok(version < NEWEST_VERSION ? "database_older" : "database_ok", values);
};

export const checkBackups = ({ config, database, clock }: DoctorContext): Found => {
  // A missing or damaged database cannot be backed up.
  if (database.kind !== "ours") return undefined;
  const { folder } = config.backup;
  const command = "bun run backup";
  const backups = listBackups(folder);
  const newest = newestOf(backups, clock.now());
  if (!newest) return warn("backup_none", { folder }, command);
  const { path, at, bytes } = newest;
  if (inspectDatabase(path).kind !== "ours") return warn("backup_broken", { path }, command);
  const ageSeconds = (clock.now().getTime() - at.getTime()) / 1000;
  const values = { path, count: backups.length, size: formatBytes(bytes), age: duration(ageSeconds) };
  return ageSeconds > OLD_SECONDS ? warn("backup_old", values, command) : ok("backup_ok", values);
};
