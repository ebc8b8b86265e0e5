import { stat } from "node:fs/promises";
import type { Config } from "@/config.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Turns } from "@/lib/turns.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import { readCmdConfig, readPluginExport } from "./astrbot.ts";
import { type ProviderList, toProviderDetailView, toProviderView, toReadReport } from "./record.ts";
import { readSource } from "./source.ts";
import type { PulledView, SkippedView, SourceFailureView, SourceName } from "./view.ts";
import { ONLY_ENABLED } from "./warnings.ts";

export type AstrbotConfig = Config["astrbot"];

interface SourceFailure {
  kind: "failed";
  path: string;
  view: SourceFailureView;
  skipped: SkippedView[];
}

/** The sources of a mode, in the order they are tried. */
const PULL_ORDER: Record<Config["astrbot"]["pullMode"], readonly [SourceName, ...SourceName[]]> = {
  cmd_config_then_export: ["cmd_config", "plugin_export"],
  cmd_config_only: ["cmd_config"],
  plugin_export_only: ["plugin_export"],
};

const SOURCES = {
  cmd_config: {
    pathSetting: "cmdConfigPath",
    replaceBadBytes: true,
    read: readCmdConfig,
    code: "astr_config",
  },
  plugin_export: {
    pathSetting: "pluginExportPath",
    replaceBadBytes: false,
    read: readPluginExport,
    code: "plugin_export",
  },
} as const;

interface PullDeps {
  config: AstrbotConfig;
  clock: Clock;
  turns: Turns;
}

/** Tries the sources of the configured mode in order; the first that has a usable provider wins (contract). */
export const pullProviders = async ({ locale, ...deps }: PullDeps & { locale: Locale }) => {
  const { config } = deps;
  const failures: SourceFailure[] = [];
  const toView = (outcome: Partial<PulledView>, list?: ProviderList): PulledView => ({
    ok: list !== undefined,
    source_mode: config.pullMode,
    source_used: "",
    provider_count: list?.providers.length ?? 0,
    using_provider: list?.defaultProvider ? toProviderView(list.defaultProvider) : null,
    providers: list?.providers.map(toProviderDetailView) ?? [],
    warnings: [],
    agent_runner: list?.agentRunner ?? null,
    fallback_provider_ids: list?.fallbacks ?? [],
    failures: failures.map(({ view }) => view),
    error_code: "",
    error: "",
    ...outcome,
  });

  for (const source of PULL_ORDER[config.pullMode]) {
    const attempt = await trySource(source, deps);
    if (attempt.kind === "read") {
      const warnings = failures.map(({ view }) => `${view.source}_failed:${view.error_code}`);
      if (source === "cmd_config" && config.requireEnabled) warnings.push(ONLY_ENABLED);
      const report = toReadReport(attempt, warnings);
      return { ...attempt, report, view: toView({ source_used: source, warnings: report.warnings }, attempt) };
    }
    failures.push(attempt);
  }
  const [only, ...others] = failures;
  const isOnly = only !== undefined && others.length === 0;
  const code = isOnly ? only.view.error_code : "pull_all_sources_failed";
  const view = toView({
    source_used: isOnly ? only.view.source : "",
    warnings: isOnly ? [] : failures.map(({ view }) => `${view.source}:${view.error_code}`),
    error_code: code,
    error: describeFailures(failures, locale),
  });
  const skipped = failures.flatMap((failure) => failure.skipped);
  return { kind: "failed" as const, view, skipped, hint: translate(locale)(`pull.${code}.fix`) };
};

const trySource = async (
  name: SourceName,
  { config, clock, turns }: PullDeps,
): Promise<({ kind: "read" } & ProviderList) | SourceFailure> => {
  const source = SOURCES[name];
  const path = config[source.pathSetting];
  const failed = (
    error_code: SourceFailureView["error_code"],
    reason: SourceFailureView["reason"],
    { detail = "", skipped = [] }: { detail?: string; skipped?: SkippedView[] } = {},
  ): SourceFailure => ({ kind: "failed", path, view: { source: name, error_code, reason, detail }, skipped });

  const file = await readSource(path, { ...source, clock });
  if (file.kind === "missing") return failed(`${source.code}_not_found`, file.fault);
  if (file.kind !== "json") return failed(`${source.code}_parse_failed`, file.fault, file);
  await turns();
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(`${source.code}_parse_failed`, "wrong_shape", { detail: read.at });
  return read.providers.length > 0 ? read : failed("astr_provider_empty", "no_provider", read);
};

const MAX_ERROR_CHARS = 280;

const describeFailures = (failures: readonly SourceFailure[], locale: Locale): string => {
  const t = translate(locale);
  const texts = failures.map(({ path, view: { source, error_code, reason, detail } }) => {
    const fault = t(`fault.${reason}`, { detail });
    const text = t(`pull.${error_code}.text`, { path, fault: `${fault}: ${path}` });
    const whole = reason === "dangling_link" ? text + fault : text;
    return failures.length > 1 ? `${source}=${whole}` : whole;
  });
  return [...texts.join("; ")].slice(0, MAX_ERROR_CHARS).join("");
};

/** Finds the file that a pull would read first. Time and size identify its content without reading it. */
export const statSource = async (config: AstrbotConfig) => {
  const sources = PULL_ORDER[config.pullMode];
  for (const source of sources) {
    try {
      const { mtimeMs, size } = await stat(config[SOURCES[source].pathSetting]);
      return { source, state: "found" as const, file: { source, modified_ms: mtimeMs, size } };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        return { source, state: "unreadable" as const, file: null };
    }
  }
  return { source: sources[0], state: "missing" as const, file: null };
};
export type SourceStat = Awaited<ReturnType<typeof statSource>>;
