import { stat } from "node:fs/promises";
import type { Config, PullMode } from "@/config.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { readCmdConfig } from "./astrbot.ts";
import { readPluginExport } from "./plugin.ts";
import { type ProviderList, toProviderDetailView, toProviderView } from "./record.ts";
import type { SourceReader } from "./source.ts";
import type {
  PullErrorCode,
  PulledView,
  SkippedView,
  SourceErrorCode,
  SourceFailureView,
  SourceFault,
  SourceName,
} from "./view.ts";

export type AstrbotConfig = Config["astrbot"];

interface SourceFailure {
  kind: "failed";
  path: string;
  view: SourceFailureView;
  skipped: SkippedView[];
}

/** `failures` has one for each source that failed, in order. */
export type PullOutcome = { warnings: string[]; failures: SourceFailure[] } & (
  | ({ ok: true; source: SourceName } & ProviderList)
  | { ok: false; code: PullErrorCode }
);

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
export const pullProviders = async (reader: SourceReader, config: AstrbotConfig): Promise<PullOutcome> => {
  const failures: SourceFailure[] = [];
  for (const source of PULL_ORDER[config.pullMode]) {
    const attempt = await trySource(source, reader, config);
    if (attempt.kind === "read") {
      const warnings = failures.map(({ view }) => `${view.source}_failed:${view.error_code}`);
      if (source === "cmd_config" && config.requireEnabled) warnings.push(ONLY_ENABLED);
      return { ok: true, ...attempt, source, warnings, failures };
    }
    failures.push(attempt);
  }
  const [only, ...others] = failures;
  if (only && others.length === 0) return { ok: false, code: only.view.error_code, warnings: [], failures };
  const warnings = failures.map(({ view }) => `${view.source}:${view.error_code}`);
  return { ok: false, code: "pull_all_sources_failed", warnings, failures };
};

const trySource = async (
  name: SourceName,
  reader: SourceReader,
  config: AstrbotConfig,
): Promise<({ kind: "read" } & ProviderList) | SourceFailure> => {
  const source = SOURCES[name];
  const path = config[source.pathSetting];
  const failed = (
    error_code: SourceErrorCode,
    reason: SourceFault,
    { detail = "", skipped = [] }: { detail?: string; skipped?: SkippedView[] } = {},
  ): SourceFailure => ({ kind: "failed", path, view: { source: name, error_code, reason, detail }, skipped });

  const file = await reader.readJson(path, source);
  if (file.kind === "missing") return failed(source.missing, file.fault);
  if (file.kind === "broken") return failed(source.unparsable, file.fault, file);
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(source.unparsable, "wrong_shape", { detail: read.at });
  return read.providers.length > 0 ? read : failed("astr_provider_empty", "no_provider", read);
};

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

const MAX_ERROR_CHARS = 280;

/** Why a pull failed and what to do next, in the caller's language. */
export const describeFailure = (code: PullErrorCode, failures: readonly SourceFailure[], locale: Locale) => {
  const t = translate(locale);
  const texts = failures.map(({ path, view: { source, error_code, reason, detail } }) => {
    const fault = t(`fault.${reason}`, { detail });
    const text = t(`pull.${error_code}.text`, { path, fault: `${fault}: ${path}` });
    const whole = reason === "dangling_link" ? text + fault : text;
    return code === "pull_all_sources_failed" ? `${source}=${whole}` : whole;
  });
  const error = [...texts.join("; ")].slice(0, MAX_ERROR_CHARS).join("");
  return { error, hint: t(`pull.${code}.fix`) };
};

/** @param error the text of a failure; "" for a success. */
export const toPulledView = (outcome: PullOutcome, sourceMode: string, error: string): PulledView => {
  const [only, ...others] = outcome.failures;
  const providers = outcome.ok ? outcome.providers : [];
  const defaultProvider = outcome.ok ? outcome.defaultProvider : null;
  const sourceFailed = only && others.length === 0 ? only.view.source : "";
  return {
    ok: outcome.ok,
    source_mode: sourceMode,
    source_used: outcome.ok ? outcome.source : sourceFailed,
    provider_count: providers.length,
    using_provider: defaultProvider && toProviderView(defaultProvider),
    providers: providers.map(toProviderDetailView),
    warnings: outcome.warnings,
    failures: outcome.failures.map(({ view }) => view),
    error_code: outcome.ok ? "" : outcome.code,
    error,
  };
};
