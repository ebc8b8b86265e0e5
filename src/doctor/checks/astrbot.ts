import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "@/locales/format.ts";
import { eraOf, readCmdConfig } from "@/models/astrbot.ts";
import { createSourceReader } from "@/models/source.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";
import { quote, setVariable } from "../shell.ts";

/** Where AstrBot keeps it, by the ways it is installed. */
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
    return existsSync(pluginExportPath)
      ? [found("export_ok", { path: pluginExportPath })]
      : [found("export_missing", { path: pluginExportPath })];
  }
  const file = await createSourceReader({ clock }).readJson(path, { replaceBadBytes: true });
  if (file.kind === "missing") {
    const elsewhere = usualPaths(config.home).find((candidate) => candidate !== path && existsSync(candidate));
    if (elsewhere) {
      const command = setVariable(envPath, "ASTRBOT_CMD_CONFIG_PATH", quote(elsewhere));
      return [found("astrbot_elsewhere", { path, elsewhere }, command)];
    }
    return [found("astrbot_missing", { path }, "find / -name cmd_config.json -not -path '/proc/*' 2>/dev/null")];
  }
  if (file.kind === "broken") {
    const why = file.detail ? `${file.fault}: ${file.detail}` : file.fault;
    const command = file.fault === "unreadable" ? `sudo chmod o+r ${quote(path)}` : `tail -c 200 ${quote(path)}`;
    return [found("astrbot_broken", { path, why }, command)];
  }
  const list = readCmdConfig(file.value, { requireEnabled });
  if (list.kind === "wrong_shape") return [found("astrbot_broken", { path, why: `wrong_shape: ${list.at}` })];
  const count = list.providers.length;
  if (count === 0 && requireEnabled && readCmdConfig(file.value, { requireEnabled: false }).kind === "read") {
    return [noneEnabled(path, file.value, envPath)];
  }
  const ageSeconds = (clock.now().getTime() - statSync(path).mtimeMs) / 1000;
  const values = { path, era: eraOf(file.value), count };
  return [
    found("astrbot_ok", {
      ...values,
      age: formatDuration(ageSeconds, "zh-CN"),
      age_en: formatDuration(ageSeconds, "en"),
    }),
  ];
};

const noneEnabled = (path: string, json: unknown, envPath: string): Finding => {
  const all = readCmdConfig(json, { requireEnabled: false });
  const count = all.kind === "read" ? all.providers.length : 0;
  if (count === 0) return found("astrbot_empty", { path });
  return found(
    "astrbot_disabled",
    { path, count },
    setVariable(envPath, "ASTR_PULL_REQUIRE_ENABLED_PROVIDER", "false"),
  );
};
