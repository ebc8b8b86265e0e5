import { listBackups } from "@/backup/folder.ts";
import { inspectDatabase, NEWEST_VERSION } from "@/db/inspect.ts";
import { statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, duration, type Finding } from "./finding.ts";
import { moveAside, quote } from "./shell.ts";

const BACK_UP = "bun run backup";
/** Two days: one daily backup may have failed and been retried. */
const OLD_SECONDS = 2 * 86_400;

export const checkDatabase = ({ config, database, holder }: DoctorContext): Finding[] => {
  const { dbPath: path, backup } = config;
  if (statsOf(path)?.isDirectory()) return [];
  if (database.kind === "missing") return [ok("database_later", { path })];
  if (database.kind !== "ours") {
    const intact = listBackups(backup.folder).find((copy) => inspectDatabase(copy.path).kind === "ours");
    const stop = holder?.pid === undefined ? "" : `kill ${holder.pid} && sleep 5 && `;
    const command = stop + (intact ? `bun run restore ${quote(intact.path)}` : moveAside(path));
    return database.kind === "broken"
      ? [fail("database_broken", { path, detail: database.detail }, command)]
      : [fail("database_foreign", { path }, command)];
  }
  const { version, jobs, bytes } = database;
  const values = { path, version, newest: NEWEST_VERSION, jobs, size: formatBytes(bytes) };
  if (version > NEWEST_VERSION) return [warn("database_newer", values)];
  return [ok(version < NEWEST_VERSION ? "database_older" : "database_ok", values)];
};

export const checkBackups = ({ config, database, clock }: DoctorContext): Finding[] => {
  // A missing or damaged database cannot be backed up.
  if (database.kind !== "ours") return [];
  const { folder } = config.backup;
  const backups = listBackups(folder);
  const [newest] = backups;
  if (!newest) return [warn("backup_none", { folder }, BACK_UP)];
  const { path, at, bytes } = newest;
  if (inspectDatabase(path).kind !== "ours") return [warn("backup_broken", { path }, BACK_UP)];
  const ageSeconds = (clock.now().getTime() - at.getTime()) / 1000;
  const values = { path, count: backups.length, size: formatBytes(bytes), age: duration(ageSeconds) };
  return [ageSeconds > OLD_SECONDS ? warn("backup_old", values, BACK_UP) : ok("backup_ok", values)];
};

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "database_ok.seen": "数据库：{path}，{size}，{jobs} 个任务，完整性检查通过，版本 {version}/{newest}",
    "database_later.seen": "数据库：还没有，启动时创建 {path}",
    "database_older.seen": "数据库：{path}，{size}，{jobs} 个任务，版本 {version}/{newest}；下次启动时先复制再升级",
    "database_newer.seen": "数据库 {path} 由更新的版本写成（{version}/{newest}）",
    "database_newer.cause": "程序被回滚过；迁移只增不减，仍可使用。",
    "database_newer.fix": "不打算留在旧版本时，升级回去。",
    "database_broken.seen": "数据库 {path} 已损坏（{detail}）",
    "database_broken.cause": "磁盘故障，或文件被其他程序改写。",
    "database_broken.fix": "停止服务并恢复最近的备份；没有备份时把它移开，从空数据库开始。",
    "database_foreign.seen": "{path} 不是本服务的数据库",
    "database_foreign.cause": "BACKEND_DB_PATH 指向了别的文件，或放错了文件。",
    "database_foreign.fix": "停止服务并恢复最近的备份；没有备份时把它移开，从空数据库开始。",
    "backup_ok.seen": "备份：{count} 份，最近一份 {path}（{size}，{age}前，检查通过）",
    "backup_none.seen": "{folder} 中没有备份",
    "backup_none.cause": "服务运行满十分钟才会做第一次每日备份。",
    "backup_none.fix": "现在就做一次。",
    "backup_old.seen": "最近一份备份 {path} 已是 {age}前",
    "backup_old.cause": "服务没有运行，或每日备份失败。",
    "backup_old.fix": "现在就做一次；失败时按提示处理。",
    "backup_broken.seen": "最近一份备份 {path} 没有通过检查",
    "backup_broken.cause": "磁盘故障，或文件被改写。",
    "backup_broken.fix": "现在就做一份新的。",
  },
  en: {
    "database_ok.seen": "Database: {path}, {size}, {jobs} jobs, integrity check passed, version {version} of {newest}",
    "database_later.seen": "Database: none yet; the first start creates {path}",
    "database_older.seen":
      "Database: {path}, {size}, {jobs} jobs, version {version} of {newest}; the next start copies and upgrades it",
    "database_newer.seen": "The database {path} was written by a newer version ({version} of {newest})",
    "database_newer.cause": "The program was rolled back; migrations only add, so it still works.",
    "database_newer.fix": "Upgrade again unless you mean to stay.",
    "database_broken.seen": "The database {path} is damaged ({detail})",
    "database_broken.cause": "A failing disk, or another program wrote to it.",
    "database_broken.fix":
      "Stop the service and restore the newest backup; without one, move it aside and start with an empty one.",
    "database_foreign.seen": "{path} is not a database of this service",
    "database_foreign.cause": "BACKEND_DB_PATH points to another file, or a wrong one was put there.",
    "database_foreign.fix":
      "Stop the service and restore the newest backup; without one, move it aside and start with an empty one.",
    "backup_ok.seen": "Backups: {count}, the newest is {path} ({size}, {age} old, checked)",
    "backup_none.seen": "There is no backup in {folder}",
    "backup_none.cause": "The service makes its first one after ten minutes.",
    "backup_none.fix": "Make one now.",
    "backup_old.seen": "The newest backup {path} is {age} old",
    "backup_old.cause": "The service is not running, or its daily backup fails.",
    "backup_old.fix": "Make one now; if it fails, follow its message.",
    "backup_broken.seen": "The newest backup {path} does not pass its check",
    "backup_broken.cause": "A failing disk, or the file was changed.",
    "backup_broken.fix": "Make a new one now.",
  },
});
