import type { Config, PullMode } from "@/config.ts";
import { type ReadOutcome, readCmdConfig } from "./astrbot.ts";
import { readPluginExport } from "./plugin.ts";
import type { ProviderCore, ProviderRecord } from "./record.ts";
import type { SourceReader } from "./source.ts";
import type { PullErrorCode, SkippedView, SourceErrorCode, SourceFault, SourceName } from "./view.ts";

export type AstrbotConfig = Config["astrbot"];

export interface SourceFailure {
  ok: false;
  source: SourceName;
  path: string;
  code: SourceErrorCode;
  fault: SourceFault;
  /** The system's error code, or the key of the wrong shape; else "". */
  detail: string;
  skipped: SkippedView[];
}

interface SourceSuccess {
  ok: true;
  source: SourceName;
  providers: ProviderRecord[];
  defaultProvider: ProviderCore | null;
  skipped: SkippedView[];
  warnings: string[];
}

/** `failures` has one for each source that was tried in vain, in order. */
export type PullOutcome = { failures: SourceFailure[] } & (
  | SourceSuccess
  | { ok: false; code: PullErrorCode; warnings: string[] }
);

/** The sources of a mode, in the order they are tried. */
export const PULL_ORDER: Record<PullMode, readonly [SourceName, ...SourceName[]]> = {
  cmd_config_then_export: ["cmd_config", "plugin_export"],
  cmd_config_only: ["cmd_config"],
  plugin_export_only: ["plugin_export"],
};

interface Source {
  path: (config: AstrbotConfig) => string;
  replaceBadBytes: boolean;
  read: (json: unknown, config: AstrbotConfig) => ReadOutcome;
  warnings: (config: AstrbotConfig) => string[];
  missing: SourceErrorCode;
  unparsable: SourceErrorCode;
}

const SOURCES: Record<SourceName, Source> = {
  cmd_config: {
    path: (config) => config.cmdConfigPath,
    replaceBadBytes: true,
    read: readCmdConfig,
    warnings: (config) => (config.requireEnabled ? ["only_enabled_provider=true"] : []),
    missing: "astr_config_not_found",
    unparsable: "astr_config_parse_failed",
  },
  plugin_export: {
    path: (config) => config.pluginExportPath,
    replaceBadBytes: false,
    read: readPluginExport,
    warnings: () => [],
    missing: "plugin_export_not_found",
    unparsable: "plugin_export_parse_failed",
  },
};

export const pathOf = (source: SourceName, config: AstrbotConfig): string => SOURCES[source].path(config);

/** Tries the sources of the configured mode in order; the first that has a usable provider wins (contract). */
export const pullProviders = async (reader: SourceReader, config: AstrbotConfig): Promise<PullOutcome> => {
  const failures: SourceFailure[] = [];
  for (const name of PULL_ORDER[config.pullMode]) {
    const attempt = await trySource(name, reader, config);
    if (attempt.ok) {
      const passedOver = failures.map((failure) => `${failure.source}_failed:${failure.code}`);
      return { ...attempt, warnings: [...passedOver, ...attempt.warnings], failures };
    }
    failures.push(attempt);
  }
  const [only, ...others] = failures;
  if (only && others.length === 0) return { ok: false, code: only.code, warnings: [], failures };
  const warnings = failures.map((failure) => `${failure.source}:${failure.code}`);
  return { ok: false, code: "pull_all_sources_failed", warnings, failures };
};

const trySource = async (
  name: SourceName,
  reader: SourceReader,
  config: AstrbotConfig,
): Promise<SourceSuccess | SourceFailure> => {
  const source = SOURCES[name];
  const path = source.path(config);
  const failed = (
    code: SourceErrorCode,
    fault: SourceFault,
    detail = "",
    skipped: SkippedView[] = [],
  ): SourceFailure => ({
    ok: false,
    source: name,
    path,
    code,
    fault,
    detail,
    skipped,
  });
  const file = await reader.readJson(path, source);
  if (file.kind === "missing") return failed(source.missing, file.fault);
  if (file.kind === "broken") return failed(source.unparsable, file.fault, file.detail);
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(source.unparsable, "wrong_shape", read.at);
  const { providers, defaultProvider, skipped } = read;
  if (providers.length === 0) return failed("astr_provider_empty", "no_provider", "", skipped);
  return { ok: true, source: name, providers, defaultProvider, skipped, warnings: source.warnings(config) };
};
