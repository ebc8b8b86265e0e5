import { stat } from "node:fs/promises";
import type { Config, PullMode } from "@/config.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { readCmdConfig } from "./astrbot.ts";
import { readPluginExport } from "./plugin.ts";
import { type ProviderCore, type ReadOutcome, type RowList, toProviderDetailView, toProviderView } from "./record.ts";
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
  ok: false;
  source: SourceName;
  path: string;
  code: SourceErrorCode;
  fault: SourceFault;
  /** The system's error code, or the key of the wrong shape; else "". */
  detail: string;
  skipped: SkippedView[];
}

type SourceSuccess = RowList & {
  ok: true;
  source: SourceName;
  defaultProvider: ProviderCore | null;
  warnings: string[];
};

type PullFailure = { ok: false; code: PullErrorCode; warnings: string[] };

/** `failures` has one for each source that failed, in order. */
export type PullOutcome = { failures: SourceFailure[] } & (SourceSuccess | PullFailure);

/** The sources of a mode, in the order they are tried. */
const PULL_ORDER: Record<PullMode, readonly [SourceName, ...SourceName[]]> = {
  cmd_config_then_export: ["cmd_config", "plugin_export"],
  cmd_config_only: ["cmd_config"],
  plugin_export_only: ["plugin_export"],
};

interface Source {
  path: (config: AstrbotConfig) => string;
  replaceBadBytes: boolean;
  read: (json: unknown, config: AstrbotConfig) => ReadOutcome;
  missing: SourceErrorCode;
  unparsable: SourceErrorCode;
}

const SOURCES: Record<SourceName, Source> = {
  cmd_config: {
    path: (config) => config.cmdConfigPath,
    replaceBadBytes: true,
    read: readCmdConfig,
    missing: "astr_config_not_found",
    unparsable: "astr_config_parse_failed",
  },
  plugin_export: {
    path: (config) => config.pluginExportPath,
    replaceBadBytes: false,
    read: readPluginExport,
    missing: "plugin_export_not_found",
    unparsable: "plugin_export_parse_failed",
  },
};

export const ONLY_ENABLED = "only_enabled_provider=true";

/** Tries the sources of the configured mode in order; the first that has a usable provider wins (contract). */
export const pullProviders = async (reader: SourceReader, config: AstrbotConfig): Promise<PullOutcome> => {
  const failures: SourceFailure[] = [];
  for (const name of PULL_ORDER[config.pullMode]) {
    const attempt = await trySource(name, reader, config);
    if (attempt.ok) {
      const failed = failures.map((failure) => `${failure.source}_failed:${failure.code}`);
      return { ...attempt, warnings: [...failed, ...attempt.warnings], failures };
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
  const failed = (code: SourceErrorCode, fault: SourceFault, detail = "", skipped: SkippedView[] = []) =>
    ({ ok: false, source: name, path, code, fault, detail, skipped }) as const;

  const file = await reader.readJson(path, source);
  if (file.kind === "missing") return failed(source.missing, file.fault);
  if (file.kind === "broken") return failed(source.unparsable, file.fault, file.detail);
  const read = source.read(file.value, config);
  if (read.kind === "wrong_shape") return failed(source.unparsable, "wrong_shape", read.at);
  const { providers, defaultProvider, skipped } = read;
  if (providers.length === 0) return failed("astr_provider_empty", "no_provider", "", skipped);
  const warnings = name === "cmd_config" && config.requireEnabled ? [ONLY_ENABLED] : [];
  return { ok: true, source: name, providers, defaultProvider, skipped, warnings };
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
      const { mtimeMs, size } = await stat(SOURCES[source].path(config));
      return { source, kind: "found", modifiedMs: mtimeMs, size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return { source, kind: "unreadable" };
    }
  }
  return { source: sources[0], kind: "missing" };
};

const MAX_ERROR_CHARS = 280;

/** Why a pull failed and what to do next, in the caller's language. */
export const describeFailure = (outcome: PullFailure & Pick<PullOutcome, "failures">, locale: Locale) => {
  const t = translate(locale);
  const parts = outcome.failures.map(({ source, code, path, fault, detail }) => {
    const reason = t(`pull.fault.${fault}`, { path, detail });
    const text = t(`pull.${code}.text`, { path, fault: reason });
    return { source, text: fault === "dangling_link" ? text + reason : text };
  });
  const text =
    outcome.code === "pull_all_sources_failed"
      ? parts.map((part) => `${part.source}=${part.text}`).join("; ")
      : parts.map((part) => part.text).join("");
  return { error: [...text].slice(0, MAX_ERROR_CHARS).join(""), hint: t(`pull.${outcome.code}.fix`) };
};

const toFailureView = ({ source, code, fault, detail }: SourceFailure): SourceFailureView => ({
  source,
  error_code: code,
  reason: fault,
  detail,
});

/** @param error the text of a failure; "" for a success. */
export const toPulledView = (outcome: PullOutcome, sourceMode: string, error: string): PulledView => {
  const [only, ...others] = outcome.failures;
  const providers = outcome.ok ? outcome.providers : [];
  const defaultProvider = outcome.ok ? outcome.defaultProvider : null;
  const sourceFailed = only && others.length === 0 ? only.source : "";
  return {
    ok: outcome.ok,
    source_mode: sourceMode,
    source_used: outcome.ok ? outcome.source : sourceFailed,
    provider_count: providers.length,
    using_provider: defaultProvider && toProviderView(defaultProvider),
    providers: providers.map(toProviderDetailView),
    warnings: outcome.warnings,
    failures: outcome.failures.map(toFailureView),
    error_code: outcome.ok ? "" : outcome.code,
    error,
  };
};
