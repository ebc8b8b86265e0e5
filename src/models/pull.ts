import type { Config, PullMode } from "@/config.ts";
import { type ReadOutcome, readCmdConfig } from "./astrbot.ts";
import { readPluginExport } from "./plugin.ts";
import type { ProviderRecord } from "./record.ts";
import type { FileFault, SourceReader } from "./source.ts";
import type { PullErrorCode, SkippedView, SourceErrorCode, SourceName } from "./view.ts";

export type AstrbotConfig = Config["astrbot"];

/** What a `*_parse_failed` found; `wrong_shape` has the key at fault as its detail. */
export interface ParseFault {
  kind: FileFault | "wrong_shape";
  detail: string;
}

export interface SourceFailure {
  ok: false;
  source: SourceName;
  path: string;
  code: SourceErrorCode;
  fault?: ParseFault;
  skipped: SkippedView[];
}

interface SourceSuccess {
  ok: true;
  source: SourceName;
  providers: ProviderRecord[];
  usingProvider: ProviderRecord | null;
  skipped: SkippedView[];
  warnings: string[];
}

export type PullOutcome =
  | SourceSuccess
  /** @property failures one for each source that was tried, in order. */
  | { ok: false; code: PullErrorCode; warnings: string[]; failures: SourceFailure[] };

const ORDER: Record<PullMode, readonly SourceName[]> = {
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

/** Tries the sources of the configured mode in order; the first that has a usable provider wins (contract A6). */
export const pullProviders = async (reader: SourceReader, config: AstrbotConfig): Promise<PullOutcome> => {
  const failures: SourceFailure[] = [];
  for (const name of ORDER[config.pullMode]) {
    const attempt = await trySource(name, reader, config);
    if (attempt.ok) {
      const passedOver = failures.map((failure) => `${failure.source}_failed:${failure.code}`);
      return { ...attempt, warnings: [...passedOver, ...attempt.warnings] };
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
  const failed = (code: SourceErrorCode, fault?: ParseFault, skipped: SkippedView[] = []): SourceFailure => ({
    ok: false,
    source: name,
    path,
    code,
    ...(fault && { fault }),
    skipped,
  });
  const file = await reader.readJson(path, source);
  if (file.kind === "missing") return failed(source.missing);
  if (file.kind === "broken") return failed(source.unparsable, { kind: file.fault, detail: file.detail });
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(source.unparsable, { kind: "wrong_shape", detail: read.at });
  const { providers, usingProvider, skipped } = read;
  if (providers.length === 0) return failed("astr_provider_empty", undefined, skipped);
  return { ok: true, source: name, providers, usingProvider, skipped, warnings: source.warnings(config) };
};
