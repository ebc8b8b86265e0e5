import { stat } from "node:fs/promises";
import type { Config, PullMode } from "@/config.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { readCmdConfig, readPluginExport } from "./astrbot.ts";
import { type ProviderList, toProviderDetailView, toProviderView } from "./record.ts";
import { readSource } from "./source.ts";
import type { PulledView, SkippedView, SourceFailureView, SourceName } from "./view.ts";

export type AstrbotConfig = Config["astrbot"];

interface SourceFailure {
  kind: "failed";
  path: string;
  view: SourceFailureView;
  skipped: SkippedView[];
}

/** The sources of a mode, in the order they are tried. */
const PULL_ORDER: Record<PullMode, readonly [SourceName, ...SourceName[]]> = {
  cmd_config_then_export: ["cmd_config", "plugin_export"],
  cmd_config_only: ["cmd_config"],
  plugin_export_only: ["plugin_export"],
};

const SOURCES = {
  cmd_config: {
    pathSetting: "cmdConfigPath",
    replaceBadBytes: true,
    read: readCmdConfig,
    missing: "astr_config_not_found",
    unparsable: "astr_config_parse_failed",
  },
  plugin_export: {
    pathSetting: "pluginExportPath",
    replaceBadBytes: false,
    read: readPluginExport,
    missing: "plugin_export_not_found",
    unparsable: "plugin_export_parse_failed",
  },
} as const;

export const ONLY_ENABLED = "only_enabled_provider=true";

/** Tries the sources of the configured mode in order; the first that has a usable provider wins (contract). */
export const pullProviders = async (config: AstrbotConfig, clock: Clock, locale: Locale) => {
  const failures: SourceFailure[] = [];
  for (const source of PULL_ORDER[config.pullMode]) {
    const attempt = await trySource(source, config, clock);
    if (attempt.kind === "read") {
      const warnings = failures.map(({ view }) => `${view.source}_failed:${view.error_code}`);
      if (source === "cmd_config" && config.requireEnabled) warnings.push(ONLY_ENABLED);
      const view = toPulledView(config, failures, { ok: true, source_used: source, warnings }, attempt);
      return { ok: true as const, view, list: attempt, skipped: attempt.skipped };
    }
    failures.push(attempt);
  }
  const [only, ...others] = failures;
  const isOnly = only !== undefined && others.length === 0;
  const code = isOnly ? only.view.error_code : "pull_all_sources_failed";
  const view = toPulledView(config, failures, {
    ok: false,
    source_used: isOnly ? only.view.source : "",
    warnings: isOnly ? [] : failures.map(({ view }) => `${view.source}:${view.error_code}`),
    error_code: code,
    error: describeFailures(failures, locale),
  });
  const skipped = failures.flatMap((failure) => failure.skipped);
  return { ok: false as const, view, skipped, hint: translate(locale)(`pull.${code}.fix`) };
};

const trySource = async (
  name: SourceName,
  config: AstrbotConfig,
  clock: Clock,
): Promise<({ kind: "read" } & ProviderList) | SourceFailure> => {
  const source = SOURCES[name];
  const path = config[source.pathSetting];
  const failed = (
    error_code: SourceFailureView["error_code"],
    reason: SourceFailureView["reason"],
    { detail = "", skipped = [] }: { detail?: string; skipped?: SkippedView[] } = {},
  ): SourceFailure => ({ kind: "failed", path, view: { source: name, error_code, reason, detail }, skipped });

  const file = await readSource(path, { ...source, clock });
  if (file.kind === "missing") return failed(source.missing, file.fault);
  if (file.kind === "broken") return failed(source.unparsable, file.fault, file);
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(source.unparsable, "wrong_shape", { detail: read.at });
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

const toPulledView = (
  { pullMode }: AstrbotConfig,
  failures: readonly SourceFailure[],
  outcome: Pick<PulledView, "ok" | "source_used" | "warnings"> & Partial<PulledView>,
  list?: ProviderList,
): PulledView => ({
  source_mode: pullMode,
  provider_count: list?.providers.length ?? 0,
  using_provider: list?.defaultProvider ? toProviderView(list.defaultProvider) : null,
  providers: list?.providers.map(toProviderDetailView) ?? [],
  failures: failures.map(({ view }) => view),
  error_code: "",
  error: "",
  ...outcome,
});

/** The file that a pull would read first. Time and size identify its content without reading it. */
export type SourceStat = { source: SourceName } & (
  | { kind: "found"; modifiedMs: number; size: number }
  | { kind: "missing" | "unreadable" }
);

export const statSource = async (config: AstrbotConfig): Promise<SourceStat> => {
  const sources = PULL_ORDER[config.pullMode];
  for (const source of sources) {
    try {
      const { mtimeMs, size } = await stat(config[SOURCES[source].pathSetting]);
      return { source, kind: "found", modifiedMs: mtimeMs, size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return { source, kind: "unreadable" };
    }
  }
  return { source: sources[0], kind: "missing" };
};
