import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "@/lib/errors.ts";
import { irregularity } from "@/lib/regular-file.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import { createAstrbotApi } from "@/models/astrbot/api.ts";
import { eraOf, readCmdConfig } from "@/models/astrbot/config.ts";
import { readSource } from "@/models/astrbot/source.ts";
import { runnerName } from "@/models/capability.ts";
import { describeWarning, maskWarning } from "@/models/warnings.ts";
import type { DoctorContext } from "./context.ts";
import { duration, type Finding, type Found, ok, warn } from "./finding.ts";
import { quote, setVariable } from "./shell.ts";

/** By the ways AstrBot is installed; `~` is the service's home. */
const USUAL_FOLDERS = ["~/AstrBot", "~/.astrbot", "/root/AstrBot", "/AstrBot", "/opt/AstrBot"];

const MAX_NAMED = 3;

export const checkAstrbot = async (context: DoctorContext): Promise<Found[]> => {
  const { pullMode } = context.config.astrbot;
  if (pullMode !== "api_only" && pullMode !== "api_then_cmd_config") return checkFile(context);
  const finding = await checkApi(context);
  return finding.state === "ok" || pullMode === "api_only" ? [finding] : [finding, ...(await checkFile(context))];
};

const checkApi = async ({ config, clock }: DoctorContext): Promise<Finding> => {
  const api = createAstrbotApi({ ...config.notify.astrbot, fetch: globalThis.fetch, clock });
  const { url } = api;
  const answer = await api.read();
  if (answer.kind !== "json") {
    const { fault, detail = "" } = answer;
    return warn("astrbot_api_failing", { url, why: (locale) => translate(locale)(`fault.${fault}`, { detail }) });
  }
  const list = readCmdConfig(answer.value, config.astrbot);
  return ok("astrbot_api_ok", { url, count: list.kind === "read" ? list.providers.length : 0 });
};

const checkFile = async ({ config, clock, envPath }: DoctorContext): Promise<Found[]> => {
  const { cmdConfigPath: path, pluginExportPath, pullMode, requireEnabled } = config.astrbot;
  if (pullMode === "plugin_export_only") {
    const values = { path: pluginExportPath };
    return [existsSync(pluginExportPath) ? ok("export_ok", values) : warn("export_missing", values)];
  }
  const file = await readSource(path, clock);
  if (file.kind === "missing") {
    const usual = USUAL_FOLDERS.map((folder) => join(folder.replace("~", config.home), "data/cmd_config.json"));
    const elsewhere = usual.find((candidate) => candidate !== path && existsSync(candidate));
    if (!elsewhere) {
      return [warn("astrbot_missing", { path }, "find / -name cmd_config.json -not -path '/proc/*' 2>/dev/null")];
    }
    const command = setVariable(envPath, "ASTRBOT_CMD_CONFIG_PATH", quote(elsewhere));
    return [warn("astrbot_elsewhere", { path, elsewhere }, command)];
  }
  if (file.kind !== "json") {
    const why = file.detail ? `${file.fault}: ${file.detail}` : file.fault;
    // The end of a pipe or of a device may never come.
    const look = irregularity(attempt(() => statSync(path), undefined)) === undefined ? "tail -c 200" : "ls -ld";
    const command = `${file.fault === "unreadable" ? "sudo chmod o+r" : look} ${quote(path)}`;
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
  return [
    ok("astrbot_ok", { path, era: eraOf(file.value), count: list.providers.length, age }),
    list.agent_runner && ok("astrbot_runner", { name: runnerName(list.agent_runner.type) }),
    doubts(list.warnings.filter((warning) => !warning.startsWith("agent_runner:"))),
  ];
};

/** What AstrBot itself will fail over: addresses, fallbacks and runners that cannot be used. */
const doubts = (warnings: readonly string[]): Found => {
  const rows = (locale: Locale) =>
    warnings
      .slice(0, MAX_NAMED)
      .map((warning) => describeWarning(maskWarning(warning), translate(locale)))
      .join(" ");
  return warnings.length > 0 && warn("astrbot_doubts", { count: warnings.length, rows });
};
