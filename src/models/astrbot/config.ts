import { firstOf } from "@/lib/bounded.ts";
import { capabilityOf, isAgentRunner, vendorOfType } from "../capability.ts";
import type { ProviderDetailView, ProviderView } from "../view.ts";
import { limitWarnings, toWarning } from "../warnings.ts";
import {
  idOf,
  isObject,
  type JsonObject,
  MAX_FALLBACKS,
  MAX_NAMED_CHARS,
  MAX_PROVIDER_CHARS,
  MAX_PROVIDERS,
  markDefault,
  NO_PROVIDERS,
  nameOf,
  type ProviderList,
  type ReadOutcome,
  type RowOutcome,
  toRecord,
} from "./record.ts";

/** Providers other than chat have their settings under names of their own. */
const PREFIXES = ["embedding", "rerank", "nvidia_rerank", "stt", "gemini_tts", "dify", "coze", "deerflow"];
const MODEL_FIELDS = [...PREFIXES.map((prefix) => `${prefix}_model`), "deerflow_model_name"];
const URL_FIELDS = ["base_url", "api_base", ...PREFIXES.map((prefix) => `${prefix}_api_base`)];

/**
 * Reads a parsed `cmd_config.json` of any AstrBot. Its `config_version` does not name the era, so its shape decides:
 * rows in `llm` (v3.3) or `provider`; what a row lacks is in its source (v4.10 on); the default provider is in
 * `provider_settings`, or in `agent_runner` (v4.28 on).
 */
export const readCmdConfig = (json: unknown, { requireEnabled }: { requireEnabled: boolean }): ReadOutcome => {
  if (!isObject(json)) return { kind: "wrong_shape", at: "$" };
  const rowsKey = json.provider === undefined && json.llm !== undefined ? "llm" : "provider";
  const rows = listAt(json, rowsKey);
  if (!rows) return { kind: "wrong_shape", at: rowsKey };
  const sources = listAt(json, "provider_sources")?.filter(isObject);
  if (!sources) return { kind: "wrong_shape", at: "provider_sources" };
  // The first source with an id wins, as in AstrBot. A `Map`, because ids may be `__proto__`.
  const sourceById = new Map(sources.toReversed().map((source) => [nameOf(source.id), source]));
  sourceById.delete("");

  const { providers, skipped, warnings } = readRows(rows, (row) =>
    readConfigRow(row, sourceById.get(nameOf(row.provider_source_id)) ?? {}, requireEnabled),
  );
  const using_provider = findDefault(json, providers);
  const defaultId = using_provider?.provider_id ?? "";
  const { agent_runner, isMissing } = findAgentRunner(json, rows, defaultId);
  const fallbacks = findFallbacks(json).filter((id) => id !== defaultId);
  const chatModels = providers.filter(({ capability, enabled }) => capability === "chat" && enabled);
  const usable = new Set(chatModels.map(({ provider_id }) => provider_id));
  return {
    kind: "read",
    providers: markDefault(providers, defaultId),
    skipped,
    warnings: limitWarnings([
      ...(agent_runner ? [toWarning("agent_runner", agent_runner.type)] : []),
      ...(isMissing
        ? [toWarning("agent_runner_provider_missing", agent_runner?.provider_id || agent_runner?.type)]
        : []),
      ...fallbacks.filter((id) => !usable.has(id)).map((id) => toWarning("fallback_provider_missing", id)),
      ...warnings,
    ]),
    using_provider,
    agent_runner,
    fallback_provider_ids: fallbacks,
  };
};

/** The versions of AstrBot that write such a file. */
export const eraOf = (json: unknown): string => {
  if (!isObject(json)) return "?";
  if (isObject(json.agent_runner) && json.provider_sources !== undefined) return ">= 4.28";
  if (json.provider_sources !== undefined) return "4.10 - 4.27";
  if (json.provider !== undefined) return "3.4 - 4.9";
  return json.llm === undefined ? "?" : "<= 3.3";
};

const readConfigRow = (row: JsonObject, source: JsonObject, requireEnabled: boolean): RowOutcome => {
  // As AstrBot merges: the row wins on every key it has, even with "" or null.
  // A copy of a source of 20,000 keys for each of 2,000 rows takes 14 s (measured).
  const merged = (key: string): unknown => (Object.hasOwn(row, key) ? row[key] : source[key]);
  const enabled = !isOff(merged("enable"));
  if (requireEnabled && !enabled) {
    return { skipped: { provider_id: nameOf(idOf(row)), reason: "disabled", field: "" } };
  }
  const capability = capabilityOf(merged("type"), merged("provider_type"));
  const baseUrl = firstPresent(URL_FIELDS.map(merged));
  const modelConfig = objectOf(merged("model_config"));
  // v3.3 has the adapter's name in place of a type.
  const adapterName = merged("type") === undefined ? merged("name") : "";
  return toRecord(
    {
      id: idOf(row),
      model: firstPresent([merged("model"), modelConfig.model, ...MODEL_FIELDS.map(merged)]),
      provider_type: firstPresent([row.provider_type, source.provider_type, source.type, source.provider]),
      base_url: baseUrl,
      vendor: firstPresent([merged("provider"), vendorOfType(merged("type"), baseUrl), adapterName]),
      capability,
      enabled,
    },
    // AstrBot runs the other kinds without one, and some of them have no such setting at all.
    { needsModel: capability === "chat" },
  );
};

const firstPresent = (values: readonly unknown[]): unknown =>
  values.find((value) => value != null && (typeof value !== "string" || value.trim() !== ""));

const findDefault = (json: JsonObject, providers: readonly ProviderDetailView[]): ProviderView | null => {
  const runner = objectAt(json, "agent_runner");
  const runnersModel = runner.runner_type === "local" ? objectAt(objectAt(runner, "config"), "model") : {};
  const id = nameOf(objectAt(json, "provider_settings").default_provider_id) || nameOf(runnersModel.provider_id);
  if (id === "") return null;
  const listed = providers.find((provider) => provider.provider_id === id);
  return listed ? toProviderView(listed) : { provider_id: id, model: "", provider_type: "", base_url: "" };
};

const toProviderView = ({ provider_id, model, provider_type, base_url }: ProviderView): ProviderView => ({
  provider_id,
  model,
  provider_type,
  base_url,
});

/**
 * The outside agent that answers the chat in place of a model: named by `agent_runner` (v4.28 on), by
 * `provider_settings` (v4.7 on) with the row of its settings, enabled or not, or the default provider itself.
 */
const findAgentRunner = (json: JsonObject, rows: readonly unknown[], defaultId: string) => {
  const root = outsideRunner(objectAt(json, "agent_runner").runner_type);
  if (root !== "") return { agent_runner: { type: root, provider_id: "" }, isMissing: false };
  // v4.28 puts its default beside the older settings before it migrates them.
  const settings = isObject(json.agent_runner) && json.config_version !== 2 ? {} : objectAt(json, "provider_settings");
  const type = outsideRunner(settings.agent_runner_type);
  const provider_id = type === "" ? defaultId : nameOf(settings[`${type}_agent_runner_provider_id`]);
  const row =
    provider_id === "" ? undefined : rows.filter(isObject).find((known) => nameOf(idOf(known)) === provider_id);
  if (type !== "") return { agent_runner: { type, provider_id }, isMissing: row === undefined };
  return { agent_runner: isAgentRunner(row?.type) ? { type: row.type, provider_id } : null, isMissing: false };
};

/** "" for AstrBot's own. A fork may have kinds of its own; anything else is no name of a kind. */
const outsideRunner = (value: unknown): string => {
  const type = nameOf(value);
  if (type === "" || type === "local") return "";
  return /^[a-z_]{1,32}$/.test(type) ? type : "unknown";
};

/** In `agent_runner` (v4.28 on), else in `provider_settings` (v4.17 on); in order, each once, as AstrBot tries them. */
const findFallbacks = (json: JsonObject): string[] => {
  const model = objectAt(objectAt(objectAt(json, "agent_runner"), "config"), "model");
  const lists = [model.fallback_provider_ids, objectAt(json, "provider_settings").fallback_chat_models];
  const ids = lists.filter(Array.isArray).find((list) => list.length > 0) ?? [];
  const names = [...new Set(ids.filter((id) => typeof id === "string").map(nameOf))].filter(Boolean);
  return firstOf(names, MAX_FALLBACKS, MAX_NAMED_CHARS);
};

/** Reads the plugin's export file. */
export const readPluginExport = (json: unknown): ReadOutcome => {
  if (!isObject(json)) return { kind: "wrong_shape", at: "$" };
  const rows = listAt(json, "providers");
  if (!rows) return { kind: "wrong_shape", at: "providers" };
  return { kind: "read", ...readPluginList(rows, json.using_provider) };
};

/** Reads the list that the plugin exports or pushes. */
export const readPluginList = (rows: readonly unknown[], usingProvider: unknown): ProviderList => {
  const { providers, skipped, warnings } = readRows(rows, readPluginRow);
  const using = isObject(usingProvider) ? readPluginRow(usingProvider) : undefined;
  const using_provider = using && "record" in using ? toProviderView(using.record) : null;
  return {
    ...NO_PROVIDERS,
    providers: markDefault(providers, using_provider?.provider_id ?? ""),
    skipped,
    warnings: limitWarnings(warnings),
    using_provider,
  };
};

const readPluginRow = (row: JsonObject): RowOutcome => {
  // The plugin lists chat providers only, and mostly without a type.
  const type = row.type ?? row.provider_type;
  return toRecord(
    {
      id: idOf(row),
      model: row.model,
      provider_type: row.provider_type,
      base_url: row.base_url,
      vendor: row.vendor || vendorOfType(type, row.base_url),
      capability: capabilityOf(type, row.provider_type),
      enabled: !isOff(row.enabled ?? row.enable),
    },
    { needsModel: true },
  );
};

/** Reads each row of a list, keeping what is usable within the bounds and naming what is not. */
const readRows = (rows: readonly unknown[], readRow: (row: JsonObject) => RowOutcome) => {
  const list: Pick<ProviderList, "providers" | "skipped" | "warnings"> = { providers: [], skipped: [], warnings: [] };
  let chars = 0;
  const readWithin = (row: unknown): RowOutcome => {
    if (!isObject(row)) return { skipped: { provider_id: "", reason: "not_an_object", field: "" } };
    const isFull = list.providers.length >= MAX_PROVIDERS || chars > MAX_PROVIDER_CHARS;
    return isFull ? { skipped: { provider_id: nameOf(idOf(row)), reason: "too_many", field: "" } } : readRow(row);
  };
  for (const [index, row] of rows.entries()) {
    const outcome = readWithin(row);
    if ("record" in outcome) {
      const { provider_id, model, provider_type, base_url, vendor } = outcome.record;
      chars += provider_id.length + model.length + provider_type.length + base_url.length + vendor.length;
      list.providers.push(outcome.record);
      if (outcome.warning) list.warnings.push(outcome.warning);
    } else list.skipped.push({ index, ...outcome.skipped });
  }
  return list;
};

const OFF_WORDS = ["false", "0", "no", "off", "关"];

/** Missing or unrecognised counts as on (contract), though AstrBot itself skips a row without `enable`. */
const isOff = (enable: unknown): boolean =>
  ["boolean", "number", "string"].includes(typeof enable) && OFF_WORDS.includes(String(enable).trim().toLowerCase());

/** @returns undefined for what is neither a list nor missing. */
const listAt = (json: JsonObject, key: string): readonly unknown[] | undefined => {
  const value = json[key] ?? [];
  return Array.isArray(value) ? value : undefined;
};

/** Settings of the wrong shape cost the default provider, not the list. */
const objectAt = (json: JsonObject, key: string): JsonObject => objectOf(json[key]);

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
