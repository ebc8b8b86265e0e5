import type { DoctorEntry } from "./text.ts";

export const hostTexts = {
  check_failed: {
    state: "warn",
    "zh-CN": {
      seen: "这一项没能检查：{name}（{error}）",
      cause: "通常是缺少读取权限。",
      cure: "以服务用户或 root 身份再运行一次。",
    },
    en: {
      seen: "This could not be looked at: {name} ({error})",
      cause: "Most often a permission is missing.",
      cure: "Run this again as the service's user, or as root.",
    },
  },
  codex_ok: {
    state: "ok",
    "zh-CN": { seen: "Codex {version}：{path}，已登录，沙箱可用" },
    en: { seen: "Codex {version}: {path}, logged in, its sandbox works" },
  },
  codex_bin_wrong: {
    state: "fail",
    "zh-CN": {
      seen: "EXECUTOR_CODEX_BIN 指向的 {bin} 不存在",
      cause: "路径写错，或 Codex 装到了别处：{elsewhere}。",
      cure: "恢复默认（按 PATH 查找），然后重启服务。",
    },
    en: {
      seen: "There is no {bin}, which EXECUTOR_CODEX_BIN names",
      cause: "A wrong path, or Codex is elsewhere: {elsewhere}.",
      cure: "Go back to the default (by PATH), then restart the service.",
    },
  },
  codex_not_executable: {
    state: "fail",
    "zh-CN": { seen: "{bin} 不可执行", cause: "缺少执行权限。", cure: "加上执行权限。" },
    en: { seen: "{bin} is not executable", cause: "It lacks the permission.", cure: "Give it." },
  },
  codex_foreign: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 不像 Codex",
      cause: "--version 没有给出 Codex 的版本：损坏、缺少 node，或是别的程序。",
      cure: "看它说什么，然后重新安装 Codex。",
    },
    en: {
      seen: "{path} does not look like Codex",
      cause: "--version gives no version of Codex: broken, without node, or another program.",
      cure: "See what it says, then install Codex again.",
    },
  },
  codex_logged_out: {
    state: "warn",
    "zh-CN": {
      seen: "Codex 未登录：{path}",
      cause: "codex login status 显示未登录；使用自定义 provider 的密钥时可以忽略。",
      cure: "以服务用户身份登录。",
    },
    en: {
      seen: "Codex is not logged in: {path}",
      cause: "codex login status says so; with a custom provider's key it need not be.",
      cure: "Log in as the service's user.",
    },
  },
  codex_sandbox: {
    state: "warn",
    "zh-CN": {
      seen: "Codex 的沙箱在此主机上不可用",
      cause: "内核不允许非特权用户命名空间，任务中的命令都会失败。",
      cure: "允许用户命名空间（写入 /etc/sysctl.d 以便重启后保留）。",
    },
    en: {
      seen: "Codex's sandbox does not work on this host",
      cause: "The kernel allows no unprivileged user namespaces; every command of a job fails.",
      cure: "Allow them (in /etc/sysctl.d, to last).",
    },
  },
  workdirs_missing: {
    state: "warn",
    "zh-CN": {
      seen: "允许的工作目录都不存在：{paths}",
      cause: "EXECUTOR_ALLOW_GLOBAL_WORKDIR=false，所有任务都会被拒绝。",
      cure: "创建它们，或修改 EXECUTOR_ALLOWED_WORKDIRS，然后重启服务。",
    },
    en: {
      seen: "None of the allowed work folders is there: {paths}",
      cause: "EXECUTOR_ALLOW_GLOBAL_WORKDIR=false: every job is refused.",
      cure: "Make them, or change EXECUTOR_ALLOWED_WORKDIRS, then restart the service.",
    },
  },
  astrbot_ok: {
    state: "ok",
    "zh-CN": { seen: "AstrBot 配置：{path}（v{era}，{count} 个 provider，{age}前修改）" },
    en: { seen: "AstrBot's configuration: {path} (v{era}, {count} providers, changed {age_en} ago)" },
  },
  astrbot_elsewhere: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 不存在，但找到了 {elsewhere}",
      cause: "AstrBot 装在别处。",
      cure: "把路径写入设置，然后重启服务。",
    },
    en: {
      seen: "There is no {path}, but there is {elsewhere}",
      cause: "AstrBot is elsewhere.",
      cure: "Set that path, then restart the service.",
    },
  },
  astrbot_missing: {
    state: "warn",
    "zh-CN": {
      seen: "找不到 AstrBot 的配置 {path}",
      cause: "AstrBot 没有安装、从未启动，或装在别处；插件也可以自己推送。",
      cure: "找到它，把路径设为 ASTRBOT_CMD_CONFIG_PATH，然后重启服务。",
    },
    en: {
      seen: "AstrBot's configuration {path} is not there",
      cause: "AstrBot is not installed, was never started, or is elsewhere; the plugin can push instead.",
      cure: "Find it, set ASTRBOT_CMD_CONFIG_PATH to its path, then restart the service.",
    },
  },
  astrbot_broken: {
    state: "warn",
    "zh-CN": {
      seen: "AstrBot 的配置 {path} 无法使用（{why}）",
      cause: "文件写到一半、被手工改坏，或没有读取权限。",
      cure: "在 AstrBot 面板中重新保存配置；下面的命令帮助查看。",
    },
    en: {
      seen: "AstrBot's configuration {path} is of no use ({why})",
      cause: "It was half written, damaged by hand, or may not be read.",
      cure: "Save it again in AstrBot's dashboard; the command helps to look.",
    },
  },
  astrbot_disabled: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 中的 {count} 个 provider 都没有启用",
      cause: "只同步已启用的 provider，所以拉取会失败。",
      cure: "在 AstrBot 中启用，或允许同步未启用的，然后重启服务。",
    },
    en: {
      seen: "None of the {count} providers in {path} is switched on",
      cause: "Only those that are get synced, so a pull fails.",
      cure: "Switch one on in AstrBot, or allow the others, then restart the service.",
    },
  },
  astrbot_empty: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 中没有 provider",
      cause: "AstrBot 还没有配置模型。",
      cure: "在 AstrBot 面板中添加一个 provider。",
    },
    en: {
      seen: "There is no provider in {path}",
      cause: "AstrBot has no model yet.",
      cure: "Add one in AstrBot's dashboard.",
    },
  },
  export_ok: {
    state: "ok",
    "zh-CN": { seen: "插件导出文件：{path}" },
    en: { seen: "The plugin's export: {path}" },
  },
  export_missing: {
    state: "warn",
    "zh-CN": {
      seen: "找不到插件导出文件 {path}",
      cause: "插件还没有导出过，或路径不对。",
      cure: "在插件中导出一次，或核对 ASTRBOT_PLUGIN_EXPORT_PATH。",
    },
    en: {
      seen: "The plugin's export {path} is not there",
      cause: "The plugin has not exported yet, or the path is another.",
      cure: "Export once in the plugin, or correct ASTRBOT_PLUGIN_EXPORT_PATH.",
    },
  },
  memory_ok: {
    state: "ok",
    "zh-CN": { seen: "可用内存 {available} MiB（低于 {heavy} 拒绝重任务，低于 {limit} 只读）" },
    en: { seen: "{available} MiB of memory are available (heavy work stops below {heavy}, writes below {limit})" },
  },
  memory_unknown: {
    state: "ok",
    "zh-CN": { seen: "无法读取 /proc/meminfo：内存门限不生效" },
    en: { seen: "/proc/meminfo cannot be read: the memory gates are open" },
  },
  disk_ok: {
    state: "ok",
    "zh-CN": { seen: "磁盘剩余 {free}（{path}）" },
    en: { seen: "{free} are free on the disk of {path}" },
  },
  disk_low: {
    state: "warn",
    "zh-CN": {
      seen: "磁盘只剩 {free}（{path}）",
      cause: "日志、备份和数据库很快会写不下。",
      cure: "看看什么占了空间，清理它。",
    },
    en: {
      seen: "Only {free} are free on the disk of {path}",
      cause: "Logs, backups and the database will soon not fit.",
      cure: "See what takes the room, and clear it.",
    },
  },
  disk_full: {
    state: "fail",
    "zh-CN": {
      seen: "磁盘几乎已满：只剩 {free}（{path}）",
      cause: "数据库和日志随时会写入失败。",
      cure: "看看什么占了空间，清理它。",
    },
    en: {
      seen: "The disk of {path} is almost full: {free} are free",
      cause: "Writes of the database and the logs can fail at any moment.",
      cure: "See what takes the room, and clear it.",
    },
  },
  clock_ok: {
    state: "ok",
    "zh-CN": { seen: "时钟正常：{now}" },
    en: { seen: "The clock is plausible: {now}" },
  },
  clock_behind: {
    state: "warn",
    "zh-CN": {
      seen: "现在是 {now}，但这些文件的时间在未来：{files}",
      cause: "系统时钟被调回过，或现在是错的；保留期限和熔断计时会出错。",
      cure: "先校准时钟，再把文件时间改为现在。",
    },
    en: {
      seen: "It is {now}, but these files are from the future: {files}",
      cause: "The clock was set back, or is wrong now; retention and the breaker's timer go astray.",
      cure: "Set the clock, then give the files its time.",
    },
  },
} satisfies Record<string, DoctorEntry>;
