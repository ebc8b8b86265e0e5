import { capabilityOf, vendorOfType } from "./capability.ts";
import {
  idOf,
  isObject,
  isOff,
  type JsonObject,
  listAt,
  markDefault,
  nameOf,
  type ProviderCore,
  type ProviderRecord,
  type ReadOutcome,
  type RowOutcome,
  readRows,
  toRecord,
} from "./record.ts";

const MODEL_FIELDS = [
  "embedding_model",
  "rerank_model",
  "nvidia_rerank_model",
  "stt_model",
  "gemini_tts_model",
  "deerflow_model_name",
];

const URL_FIELDS = [
  "base_url",
  "api_base",
  "embedding_api_base",
  "rerank_api_base",
  "nvidia_rerank_api_base",
  "gemini_tts_api_base",
  "dify_api_base",
  "coze_api_base",
  "deerflow_api_base",
];

/**
 * Reads a parsed `cmd_config.json` of any AstrBot. Its `config_version` does not tell the era, so the shape does:
 * rows in `llm` (v3.3) or `provider`; what a row lacks is in its source (v4.10 on); the default provider is in
 * `provider_settings`, or in `agent_runner` (v4.28 on).
 */
export const readCmdConfig = (json: unknown, { requireEnabled }: { requireEnabled: boolean }): ReadOutcome => {
  if (!isObject(json)) return { kind: "wrong_shape", at: "$" };
  const rowsKey = json.provider === undefined && json.llm !== undefined ? "llm" : "provider";
  const rows = listAt(json, rowsKey);
  if (!rows) return { kind: "wrong_shape", at: rowsKey };
  const sourceRows = listAt(json, "provider_sources");
  if (!sourceRows) return { kind: "wrong_shape", at: "provider_sources" };

  const sources = indexSources(sourceRows);
  const list = readRows(rows, (row) => {
    const source = sources.get(nameOf(row.provider_source_id)) ?? {};
    return readRow(row, source, requireEnabled);
  });
  const defaultProvider = findDefault(json, list.providers);
  const providers = markDefault(list.providers, defaultProvider?.providerId ?? "");
  return { kind: "read", providers, skipped: list.skipped, defaultProvider };
};

/** The versions of AstrBot that write such a file. */
export const eraOf = (json: unknown): string => {
  if (!isObject(json)) return "?";
  if (isObject(json.agent_runner) && json.provider_sources !== undefined) return ">= 4.28";
  if (json.provider_sources !== undefined) return "4.10 - 4.27";
  if (json.provider !== undefined) return "3.4 - 4.9";
  return json.llm === undefined ? "?" : "<= 3.3";
};

/** The first source with an id wins, as in AstrBot. A `Map`, because ids may be `__proto__`. */
const indexSources = (rows: readonly unknown[]): Map<string, JsonObject> => {
  const sources = new Map<string, JsonObject>();
  for (const row of rows.filter(isObject)) {
    const id = nameOf(row.id);
    if (id !== "" && !sources.has(id)) sources.set(id, row);
  }
  return sources;
};

const readRow = (row: JsonObject, source: JsonObject, requireEnabled: boolean): RowOutcome => {
  // As AstrBot merges: the row wins on every key it has, even with "" or null.
  const merged: JsonObject = { ...source, ...row };
  const enabled = !isOff(merged.enable);
  if (requireEnabled && !enabled) {
    return { skipped: { provider_id: nameOf(idOf(row)), reason: "disabled", field: "" } };
  }
  const capability = capabilityOf(merged.type, merged.provider_type);
  const baseUrl = firstPresent(URL_FIELDS.map((field) => merged[field]));
  const modelConfig = objectAt(merged, "model_config");
  // v3.3 has the adapter's name in place of a type.
  const adapterName = merged.type === undefined ? merged.name : "";
  return toRecord(
    {
      id: idOf(row),
      model: firstPresent([merged.model, modelConfig.model, ...MODEL_FIELDS.map((field) => merged[field])]),
      provider_type: firstPresent([row.provider_type, source.provider_type, source.type, source.provider]),
      base_url: baseUrl,
      vendor: firstPresent([merged.provider, vendorOfType(merged.type, baseUrl), adapterName]),
      capability,
      enabled,
    },
    // AstrBot runs the other kinds without one, and some of them have no such setting at all.
    { needsModel: capability === "chat" },
  );
};

const isBlank = (value: unknown): boolean => typeof value === "string" && value.trim() === "";

const firstPresent = (values: readonly unknown[]): unknown =>
  values.find((value) => value !== undefined && value !== null && !isBlank(value));

const findDefault = (json: JsonObject, providers: readonly ProviderRecord[]): ProviderCore | null => {
  const runner = objectAt(json, "agent_runner");
  const runnersModel = runner.runner_type === "local" ? objectAt(objectAt(runner, "config"), "model") : {};
  const id = nameOf(objectAt(json, "provider_settings").default_provider_id) || nameOf(runnersModel.provider_id);
  if (id === "") return null;
  const listed = providers.find((provider) => provider.providerId === id);
  return listed ?? { providerId: id, model: "", providerType: "", baseUrl: "" };
};

/** Settings of the wrong shape cost the default provider, not the list. */
const objectAt = (json: JsonObject, key: string): JsonObject => {
  const value = json[key];
  return isObject(value) ? value : {};
};
