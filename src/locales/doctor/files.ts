import type { DoctorEntry } from "./text.ts";

export const fileTexts = {
  files_ok: {
    state: "ok",
    "zh-CN": { seen: "目录和文件的权限正常：{folders}" },
    en: { seen: "Folders and files are private and writable: {folders}" },
  },
  folder_is_file: {
    state: "fail",
    "zh-CN": {
      seen: "{path} 不是目录",
      cause: "同名文件占了位置，服务无法启动。",
      cure: "把它移开；启动时会创建目录。",
    },
    en: {
      seen: "{path} is no folder",
      cause: "A file has its name; the service cannot start.",
      cure: "Move it aside; a start makes the folder.",
    },
  },
  folder_locked: {
    state: "fail",
    "zh-CN": {
      seen: "没有 {path} 的写权限",
      cause: "目录属于其他用户，或文件系统只读。",
      cure: "把目录交给运行服务的用户。",
    },
    en: {
      seen: "{path} cannot be written",
      cause: "It belongs to another user, or the file system is read-only.",
      cure: "Give it to the user who runs the service.",
    },
  },
  folder_open: {
    state: "warn",
    "zh-CN": { seen: "{path} 的权限是 {mode}", cause: "其他用户可以进入。", cure: "收紧权限。" },
    en: { seen: "{path} has the mode {mode}", cause: "Other users can enter it.", cure: "Tighten it." },
  },
  file_is_folder: {
    state: "fail",
    "zh-CN": { seen: "{path} 不是文件", cause: "同名目录占了位置，服务无法写入。", cure: "把它移开，然后重启服务。" },
    en: {
      seen: "{path} is no file",
      cause: "A folder has its name; the service cannot write there.",
      cure: "Move it aside, then restart the service.",
    },
  },
  file_open: {
    state: "warn",
    "zh-CN": { seen: "{path} 的权限是 {mode}", cause: "其他用户可以读到任务内容。", cure: "收紧权限。" },
    en: { seen: "{path} has the mode {mode}", cause: "Other users can read what jobs do.", cure: "Tighten it." },
  },
  database_ok: {
    state: "ok",
    "zh-CN": { seen: "数据库：{path}，{size}，{jobs} 个任务，完整性检查通过，版本 {version}/{newest}" },
    en: { seen: "Database: {path}, {size}, {jobs} jobs, integrity checked, version {version} of {newest}" },
  },
  database_later: {
    state: "ok",
    "zh-CN": { seen: "数据库：还没有，启动时创建 {path}" },
    en: { seen: "Database: none yet; a start makes {path}" },
  },
  database_older: {
    state: "ok",
    "zh-CN": { seen: "数据库：{path}，{size}，{jobs} 个任务，版本 {version}/{newest}；下次启动时先复制再升级" },
    en: {
      seen: "Database: {path}, {size}, {jobs} jobs, version {version} of {newest}; the next start copies and upgrades it",
    },
  },
  database_newer: {
    state: "warn",
    "zh-CN": {
      seen: "数据库 {path} 由更新的版本写成（{version}/{newest}）",
      cause: "程序被回滚过；迁移只增不减，仍可使用。",
      cure: "不打算留在旧版本时，升级回去。",
    },
    en: {
      seen: "A newer version wrote the database {path} ({version} of {newest})",
      cause: "The program was rolled back; migrations only add, so it still works.",
      cure: "Upgrade again unless you mean to stay.",
    },
  },
  database_broken: {
    state: "fail",
    "zh-CN": {
      seen: "数据库 {path} 已损坏（{detail}）",
      cause: "磁盘故障，或文件被其他程序改写。",
      cure: "停止服务并恢复最近的备份；没有备份时把它移开，从空数据库开始。",
    },
    en: {
      seen: "The database {path} is damaged ({detail})",
      cause: "A failing disk, or another program wrote to it.",
      cure: "Stop the service and restore the newest backup; without one, move it aside and begin with an empty one.",
    },
  },
  database_foreign: {
    state: "fail",
    "zh-CN": {
      seen: "{path} 不是本服务的数据库",
      cause: "BACKEND_DB_PATH 指向了别的文件，或放错了文件。",
      cure: "停止服务并恢复最近的备份；没有备份时把它移开，从空数据库开始。",
    },
    en: {
      seen: "{path} is no database of this service",
      cause: "BACKEND_DB_PATH leads to another file, or a wrong one was put there.",
      cure: "Stop the service and restore the newest backup; without one, move it aside and begin with an empty one.",
    },
  },
  backup_ok: {
    state: "ok",
    "zh-CN": { seen: "备份：{count} 份，最近一份 {path}（{size}，{age}前，检查通过）" },
    en: { seen: "Backups: {count}, the newest is {path} ({size}, {age_en} old, checked)" },
  },
  backup_none: {
    state: "warn",
    "zh-CN": { seen: "{folder} 中没有备份", cause: "服务运行满十分钟才会做第一次每日备份。", cure: "现在就做一次。" },
    en: {
      seen: "There is no backup in {folder}",
      cause: "The service makes its first one after ten minutes.",
      cure: "Make one now.",
    },
  },
  backup_old: {
    state: "warn",
    "zh-CN": {
      seen: "最近一份备份 {path} 已是 {age}前",
      cause: "服务没有运行，或每日备份失败。",
      cure: "现在就做一次；失败时按提示处理。",
    },
    en: {
      seen: "The newest backup {path} is {age_en} old",
      cause: "The service does not run, or its daily backup fails.",
      cure: "Make one now, and do as it says should it fail.",
    },
  },
  backup_broken: {
    state: "warn",
    "zh-CN": {
      seen: "最近一份备份 {path} 没有通过检查",
      cause: "磁盘故障，或文件被改写。",
      cure: "现在就做一份新的。",
    },
    en: {
      seen: "The newest backup {path} does not pass its check",
      cause: "A failing disk, or somebody wrote to it.",
      cure: "Make a new one now.",
    },
  },
} satisfies Record<string, DoctorEntry>;
