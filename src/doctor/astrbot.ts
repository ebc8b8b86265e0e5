import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { eraOf, readCmdConfig } from "@/models/astrbot.ts";
import { createSourceReader } from "@/models/source.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, duration, type Finding } from "./finding.ts";
import { quote, setVariable } from "./shell.ts";

/** By the ways AstrBot is installed. */
const usualPaths = (home: string): string[] => [
  join(home, "AstrBot/data/cmd_config.json"),
  join(home, ".astrbot/data/cmd_config.json"),
  "/root/AstrBot/data/cmd_config.json",
  "/AstrBot/data/cmd_config.json",
  "/opt/AstrBot/data/cmd_config.json",
];

export const checkAstrbot = async ({ config, clock, envPath }: DoctorContext): Promise<Finding[]> => {
  const { cmdConfigPath: path, pluginExportPath, pullMode, requireEnabled } = config.astrbot;
  if (pullMode === "plugin_export_only") {
    const values = { path: pluginExportPath };
    return [existsSync(pluginExportPath) ? ok("export_ok", values) : warn("export_missing", values)];
  }
  const file = await createSourceReader({ clock }).readJson(path, { replaceBadBytes: true });
  if (file.kind === "missing") {
    const elsewhere = usualPaths(config.home).find((candidate) => candidate !== path && existsSync(candidate));
    if (!elsewhere) {
      return [warn("astrbot_missing", { path }, "find / -name cmd_config.json -not -path '/proc/*' 2>/dev/null")];
    }
    const command = setVariable(envPath, "ASTRBOT_CMD_CONFIG_PATH", quote(elsewhere));
    return [warn("astrbot_elsewhere", { path, elsewhere }, command)];
  }
  if (file.kind === "broken") {
    const why = file.detail ? `${file.fault}: ${file.detail}` : file.fault;
    const command = file.fault === "unreadable" ? `sudo chmod o+r ${quote(path)}` : `tail -c 200 ${quote(path)}`;
    return [warn("astrbot_broken", { path, why }, command)];
  }
  const list = readCmdConfig(file.value, { requireEnabled });
  if (list.kind === "wrong_shape") return [warn("astrbot_broken", { path, why: `wrong_shape: ${list.at}` })];
  if (list.providers.length === 0 && requireEnabled) {
    const all = readCmdConfig(file.value, { requireEnabled: false });
    const count = all.kind === "read" ? all.providers.length : 0;
    const command = setVariable(envPath, "ASTR_PULL_REQUIRE_ENABLED_PROVIDER", "false");
    return [count === 0 ? warn("astrbot_empty", { path }) : warn("astrbot_disabled", { path, count }, command)];
  }
  const age = duration((clock.now().getTime() - statSync(path).mtimeMs) / 1000);
  return [ok("astrbot_ok", { path, era: eraOf(file.value), count: list.providers.length, age })];
};

const { ok, warn } = createFindings({
  "zh-CN": {
    "astrbot_ok.seen": "AstrBot 配置：{path}（v{era}，{count} 个 provider，{age}前修改）",
    "astrbot_elsewhere.seen": "{path} 不存在，但找到了 {elsewhere}",
    "astrbot_elsewhere.cause": "AstrBot 装在别处。",
    "astrbot_elsewhere.fix": "把路径写入设置，然后重启服务。",
    "astrbot_missing.seen": "找不到 AstrBot 的配置 {path}",
    "astrbot_missing.cause": "AstrBot 没有安装、从未启动，或装在别处；插件也可以自己推送。",
    "astrbot_missing.fix": "找到它，把路径设为 ASTRBOT_CMD_CONFIG_PATH，然后重启服务。",
    "astrbot_broken.seen": "AstrBot 的配置 {path} 无法使用（{why}）",
    "astrbot_broken.cause": "文件写到一半、被手工改坏，或没有读取权限。",
    "astrbot_broken.fix": "在 AstrBot 面板中重新保存配置；下面的命令帮助查看。",
    "astrbot_disabled.seen": "{path} 中的 {count} 个 provider 都没有启用",
    "astrbot_disabled.cause": "只同步已启用的 provider，所以拉取会失败。",
    "astrbot_disabled.fix": "在 AstrBot 中启用，或允许同步未启用的，然后重启服务。",
    "astrbot_empty.seen": "{path} 中没有 provider",
    "astrbot_empty.cause": "AstrBot 还没有配置模型。",
    "astrbot_empty.fix": "在 AstrBot 面板中添加一个 provider。",
    "export_ok.seen": "插件导出文件：{path}",
    "export_missing.seen": "找不到插件导出文件 {path}",
    "export_missing.cause": "插件还没有导出过，或路径不对。",
    "export_missing.fix": "在插件中导出一次，或核对 ASTRBOT_PLUGIN_EXPORT_PATH。",
  },
  en: {
    "astrbot_ok.seen": "AstrBot's configuration: {path} (v{era}, {count} providers, changed {age} ago)",
    "astrbot_elsewhere.seen": "{path} does not exist, but {elsewhere} does",
    "astrbot_elsewhere.cause": "AstrBot is installed elsewhere.",
    "astrbot_elsewhere.fix": "Set that path, then restart the service.",
    "astrbot_missing.seen": "AstrBot's configuration {path} does not exist",
    "astrbot_missing.cause":
      "AstrBot is not installed, was never started, or is elsewhere; the plugin can push instead.",
    "astrbot_missing.fix": "Find it, set ASTRBOT_CMD_CONFIG_PATH to its path, then restart the service.",
    "astrbot_broken.seen": "AstrBot's configuration {path} cannot be used ({why})",
    "astrbot_broken.cause": "It is incomplete, was damaged by hand, or cannot be read.",
    "astrbot_broken.fix": "Save it again in AstrBot's dashboard; the command shows its state.",
    "astrbot_disabled.seen": "None of the {count} providers in {path} is enabled",
    "astrbot_disabled.cause": "Only enabled ones are synced, so a pull fails.",
    "astrbot_disabled.fix": "Enable one in AstrBot, or allow disabled ones, then restart the service.",
    "astrbot_empty.seen": "There is no provider in {path}",
    "astrbot_empty.cause": "AstrBot has no model yet.",
    "astrbot_empty.fix": "Add one in AstrBot's dashboard.",
    "export_ok.seen": "The plugin's export: {path}",
    "export_missing.seen": "The plugin's export {path} does not exist",
    "export_missing.cause": "The plugin has not exported yet, or the path is wrong.",
    "export_missing.fix": "Export once in the plugin, or correct ASTRBOT_PLUGIN_EXPORT_PATH.",
  },
});
