import type { RefusalCode } from "@/backup/refusal.ts";
import type { Locale } from "./locale.ts";

/** Why there is no backup, or nothing was restored; `{name}` takes the error's detail. */
export const refusalTexts: Record<RefusalCode, Record<Locale, string>> = {
  backup_source_bad: {
    "zh-CN": "没有备份：数据库 {path} 不可用（{fault}）。已有的备份都保留。",
    en: "No backup was made: the database {path} is not usable ({fault}). Those made before are kept.",
  },
  backup_copy_bad: {
    "zh-CN": "没有备份：副本 {path} 没有通过检查（{fault}）。已有的备份都保留。",
    en: "No backup was made: the copy {path} did not pass its check ({fault}). Those made before are kept.",
  },
  backup_running: {
    "zh-CN": "没有备份：另一次备份正在写入 {folder}。",
    en: "No backup was made: another one is being written in {folder}.",
  },
  restore_file_missing: {
    "zh-CN": "没有恢复：找不到 {file}。",
    en: "Nothing was restored: there is no {file}.",
  },
  restore_file_broken: {
    "zh-CN": "没有恢复：{file} 已损坏或不是数据库（{detail}）。",
    en: "Nothing was restored: {file} is damaged, or no database ({detail}).",
  },
  restore_file_foreign: {
    "zh-CN": "没有恢复：{file} 不是本服务的数据库。",
    en: "Nothing was restored: {file} is no database of this service.",
  },
  restore_file_newer: {
    "zh-CN": "没有恢复：{file} 由更新的版本写成；请先升级到该版本。",
    en: "Nothing was restored: a newer version wrote {file}; upgrade to that version first.",
  },
  restore_file_same: {
    "zh-CN": "没有恢复：{file} 就是正在使用的数据库。",
    en: "Nothing was restored: {file} is the database in use.",
  },
  restore_in_use: {
    "zh-CN": "没有恢复：服务正在使用 {path}；请先停止服务。",
    en: "Nothing was restored: the service is using {path}; stop it first.",
  },
  restore_copy_bad: {
    "zh-CN": "没有恢复：副本 {path} 没有通过检查（磁盘空间是否足够？df -h）。",
    en: "Nothing was restored: the copy {path} did not pass its check (is there room on the disk? df -h).",
  },
};

export const backupTexts = {
  "zh-CN": {
    made: "已备份：{path}（{size}，{jobs} 个任务，完整性检查通过）",
    removed: "已删除较旧的备份：{path}",
    failed: "失败：{message}",
    restored: "已恢复 {file}（{jobs} 个任务）到 {path}",
    interrupted: "备份时排队的 {count} 个任务已记为 interrupted：它们之后可能已经运行过，不会自动重跑。",
    kept: "原来的数据库保留为 {kept}",
    usage: "用法：bun run restore <备份文件>",
    available: "可用的备份（新的在前）：",
    none: "{folder} 中还没有备份；运行 bun run backup。",
  },
  en: {
    made: "Backed up: {path} ({size}, {jobs} jobs, integrity checked)",
    removed: "Removed an older backup: {path}",
    failed: "Failed: {message}",
    restored: "Restored {file} ({jobs} jobs) to {path}",
    interrupted:
      "{count} jobs that were waiting when the backup was made are now interrupted: they may have run since, and are not run again.",
    kept: "The database that was in use is kept as {kept}",
    usage: "Usage: bun run restore <backup file>",
    available: "Backups there are, the newest first:",
    none: "There is no backup in {folder} yet; run bun run backup.",
  },
} satisfies Record<Locale, Record<string, string>>;
