import { stat } from "node:fs/promises";
import type { Config } from "@/config.ts";
import { atMost, type Clock } from "@/lib/clock.ts";
import { firstChars } from "@/lib/text.ts";
import type { Turns } from "@/lib/turns.ts";
import { type Locale, type Translate, translate } from "@/locales/translate.ts";
import type { AstrbotApi } from "./astrbot/api.ts";
import { readCmdConfig, readPluginExport } from "./astrbot/config.ts";
import { NO_PROVIDERS, type ProviderList, type ReadOutcome, toReadReport } from "./astrbot/record.ts";
import { type ReadFile, readSource } from "./astrbot/source.ts";
import type { PulledView, PullFailure, SkippedView, SourceFailureView, SourceName } from "./view.ts";
import { NO_DEFAULT, ONLY_ENABLED } from "./warnings.ts";

export type AstrbotConfig = Config["astrbot"];
type SourceErrorCode = SourceFailureView["error_code"];

/** The sources of a mode, in the order they are tried. */
const PULL_ORDER: Record<AstrbotConfig["pullMode"], readonly [SourceName, ...SourceName[]]> = {
  cmd_config_then_export: ["cmd_config", "plugin_export"],
  cmd_config_only: ["cmd_config"],
  plugin_export_only: ["plugin_export"],
  api_then_cmd_config: ["astrbot_api", "cmd_config"],
  api_only: ["astrbot_api"],
};

export interface SourceDeps {
  config: AstrbotConfig;
  api: AstrbotApi;
  clock: Clock;
  turns: Turns;
}

interface Source {
  /** As errors name it. */
  place: string;
  load: () => Promise<ReadFile>;
  read: (json: unknown, config: AstrbotConfig) => ReadOutcome;
  codes: Record<"missing" | "broken", SourceErrorCode> & { denied?: SourceErrorCode };
}

/** How long a look at the API is valid: hashing the key costs AstrBot 0.1 s of processor time for each. */
const MAX_LOOK_AGE_MS = 60_000;
/** AstrBot answers in 0.1 s; a page does not wait for that. */
const MAX_WAIT_MS = 25;

/** What identifies a source's content: a file's time and size without reading it, of the API's list a digest. */
export type SourceStat =
  | { source: SourceName; state: "found"; file: { source: SourceName; modified_ms: number; size: number } }
  | { source: SourceName; state: "found"; file: { source: SourceName; digest: string } }
  | { source: SourceName; state: "missing" | "unreadable" | "not_checked"; file: null };

/** AstrBot's files and its API, as the configured mode uses them. */
export const createModelSources = ({ config, api, clock, turns }: SourceDeps) => {
  const order = PULL_ORDER[config.pullMode];
  const sources: Record<SourceName, Source> = {
    cmd_config: {
      place: config.cmdConfigPath,
      load: () => readSource(config.cmdConfigPath, clock),
      read: readCmdConfig,
      codes: { missing: "astr_config_not_found", broken: "astr_config_parse_failed" },
    },
    plugin_export: {
      place: config.pluginExportPath,
      load: () => readSource(config.pluginExportPath, clock, true),
      read: readPluginExport,
      codes: { missing: "plugin_export_not_found", broken: "plugin_export_parse_failed" },
    },
    astrbot_api: {
      place: api.url,
      load: api.read,
      read: readCmdConfig,
      codes: { missing: "astr_api_unreachable", denied: "astr_api_denied", broken: "astr_api_unusable" },
    },
  };
  let look: SourceStat = { source: "astrbot_api", state: "not_checked", file: null };
  let [reads, newestRead, nextLookMs] = [0, 0, clock.monotonicMs()];
  let looking: Promise<unknown> | undefined;

  const readSourceOf = async (source: SourceName) => {
    const { load, read, codes } = sources[source];
    const loaded = await load();
    if (loaded.kind !== "json") return failed(source, codes[loaded.kind] ?? codes.broken, loaded.fault, loaded.detail);
    await turns();
    const list = read(loaded.value, config);
    return list.kind === "read" ? list : failed(source, codes.broken, "wrong_shape", list.at);
  };

  const readApi = async () => {
    reads += 1;
    const thisRead = reads;
    const outcome = await readSourceOf("astrbot_api");
    // A look may end after a pull that began later.
    if (thisRead > newestRead) {
      newestRead = thisRead;
      nextLookMs = clock.monotonicMs() + MAX_LOOK_AGE_MS;
      look = outcome.kind === "read" ? found({ source: "astrbot_api", digest: digestOf(outcome) }) : UNREADABLE_API;
    }
    return outcome;
  };

  /** Starts a look if one is due. Only the caller that starts it waits for it, and not for long. */
  const statApi = async (): Promise<SourceStat> => {
    if (!looking && clock.monotonicMs() >= nextLookMs) {
      looking = readApi().finally(() => {
        looking = undefined;
      });
      await atMost(clock, MAX_WAIT_MS, looking);
    }
    return look;
  };

  const statFiles = async (): Promise<SourceStat> => {
    for (const source of order) {
      try {
        const { mtimeMs, size } = await stat(sources[source].place);
        return found({ source, modified_ms: mtimeMs, size });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return { source, state: "unreadable", file: null };
      }
    }
    return { source: order[0], state: "missing", file: null };
  };

  const isApiMode = order[0] === "astrbot_api";
  return {
    /** What a pull would read first. */
    stat: isApiMode ? statApi : statFiles,

    /** Tries the sources of the mode in order; the first that has a usable provider wins (contract). */
    async pull(locale: Locale) {
      // Before a file is read: a change in between then counts as changed.
      const before = isApiMode ? undefined : await statFiles();
      const failures: SourceFailureView[] = [];
      const skipped: SkippedView[] = [];
      const toView = (outcome: Partial<PulledView>, list: ProviderList): PulledView => ({
        ok: false,
        source_mode: config.pullMode,
        source_used: "",
        provider_count: list.providers.length,
        using_provider: list.using_provider,
        providers: list.providers,
        warnings: [],
        agent_runner: list.agent_runner,
        fallback_provider_ids: list.fallback_provider_ids,
        failures,
        error_code: "",
        error: "",
        ...outcome,
      });

      for (const source of order) {
        const list = await (source === "astrbot_api" ? readApi() : readSourceOf(source));
        if (list.kind === "read" && list.providers.length > 0) {
          const warnings = failures.map(({ source, error_code }) => `${source}_failed:${error_code}`);
          if (source !== "plugin_export" && config.requireEnabled) warnings.push(ONLY_ENABLED);
          if (source === "astrbot_api") warnings.push(NO_DEFAULT);
          const report = toReadReport(list, warnings);
          const view = toView({ ok: true, source_used: source, warnings: report.warnings }, list);
          return { ...list, report, view, file: (before ?? look).file };
        }
        if (list.kind === "read") skipped.push(...list.skipped);
        const failure = list.kind === "read" ? failed(source, "astr_provider_empty", "no_provider") : list;
        failures.push(failure.view);
      }
      const t = translate(locale);
      const details = failures.map((view): PullFailure => ({ ...view, place: sources[view.source].place }));
      const [only, ...others] = failures;
      const isOnly = only !== undefined && others.length === 0;
      const code = isOnly ? only.error_code : "pull_all_sources_failed";
      const outcome: Partial<PulledView> = {
        source_used: isOnly ? only.source : "",
        warnings: isOnly ? [] : failures.map(({ source, error_code }) => `${source}:${error_code}`),
        error_code: code,
        error: describeFailures(details, t, true),
      };
      const hint = t(`pull.${code}.fix`);
      return { kind: "failed" as const, view: toView(outcome, NO_PROVIDERS), details, skipped, hint };
    },
  };
};

const UNREADABLE_API: SourceStat = { source: "astrbot_api", state: "unreadable", file: null };

const found = <File extends { source: SourceName }>(file: File) =>
  ({ source: file.source, state: "found", file }) as const;

/** Of the records, which hold no keys. */
const digestOf = ({ providers }: ProviderList): string =>
  new Bun.CryptoHasher("sha256").update(JSON.stringify(providers)).digest("hex");

const failed = (source: SourceName, error_code: SourceErrorCode, reason: SourceFailureView["reason"], detail = "") => ({
  kind: "failed" as const,
  view: { source, error_code, reason, detail },
});

const MAX_ERROR_CHARS = 280;

/** @param isNamed whether each of several reasons begins with its source (contract). */
export const describeFailures = (failures: readonly PullFailure[], t: Translate, isNamed = false): string => {
  const texts = failures.map(({ place, source, error_code, reason, detail }) => {
    const fault = t(`fault.${reason}`, { detail });
    const text = t(`pull.${error_code}.text`, { path: place, fault: `${fault}: ${place}` });
    const whole = reason === "dangling_link" ? text + fault : text;
    return isNamed && failures.length > 1 ? `${source}=${whole}` : whole;
  });
  return firstChars(texts.join("; "), MAX_ERROR_CHARS);
};
