import { capabilityOf, vendorOfType } from "./capability.ts";
import {
  idOf,
  isObject,
  isOff,
  type JsonObject,
  markDefault,
  nameOf,
  type ProviderCore,
  type ProviderRecord,
  type RowList,
  type RowOutcome,
  readRows,
  toRecord,
} from "./record.ts";

export type ReadOutcome =
  /** @property defaultProvider AstrBot's; all but its id is "" when the list does not hold it. */
  | ({ kind: "read"; defaultProvider: ProviderCore | null } & RowList)
  /** @property at the key whose value is of the wrong shape; `$` for the document itself. */
  | { kind: "wrong_shape"; at: string };

const MODEL_FIELDS = [
  "embedding_model",
  "rerank_model",
  "nvidia_rerank_model",
  "stt_model",
  "gemini_tts_model",
  "deerflow_model_name",
] as const;

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
] as const;

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

/** @returns undefined for what is neither a list nor missing. */
export const listAt = (json: JsonObject, key: string): readonly unknown[] | undefined => {
  const value = json[key] ?? [];
  return Array.isArray(value) ? value : undefined;
};

/** The first source with an id wins, as in AstrBot. A `Map`, because ids may be `__proto__`. */
const indexSources = (rows: readonly unknown[]): Map<string, JsonObject> => {
  const sources = new Map<string, JsonObject>();
  for (const row of rows) {
    const id = isObject(row) ? nameOf(row.id) : "";
    if (isObject(row) && id !== "" && !sources.has(id)) sources.set(id, row);
  }
  return sources;
};

const readRow = (row: JsonObject, source: JsonObject, requireEnabled: boolean): RowOutcome => {
  // As AstrBot merges: the row wins on every key it has, even with "" or null.
  const merged: JsonObject = { ...source, ...row };
  if (requireEnabled && isOff(merged.enable)) {
    return { kind: "unusable", providerId: nameOf(idOf(row)), reason: "disabled", field: "" };
  }
  const capability = capabilityOf(merged.type, merged.provider_type);
  const baseUrl = firstPresent(URL_FIELDS.map((field) => merged[field]));
  const modelConfig = isObject(merged.model_config) ? merged.model_config : {};
  return toRecord(
    {
      id: idOf(row),
      model: firstPresent([merged.model, modelConfig.model, ...MODEL_FIELDS.map((field) => merged[field])]),
      providerType: firstPresent([row.provider_type, source.provider_type, source.type, source.provider]),
      baseUrl,
      // v3.3 has the adapter's name in place of a type.
      vendor: firstPresent([
        merged.provider,
        vendorOfType(merged.type, baseUrl),
        merged.type === undefined ? merged.name : "",
      ]),
      capability,
      enabled: !isOff(merged.enable),
    },
    // AstrBot runs the other kinds without one, and some of them have no such setting at all.
    { needsModel: capability === "chat" },
  );
};

const firstPresent = (values: readonly unknown[]): unknown =>
  values.find((value) => value !== undefined && value !== null && !(typeof value === "string" && value.trim() === ""));

const findDefault = (json: JsonObject, providers: readonly ProviderRecord[]): ProviderCore | null => {
  const id = nameOf(objectAt(json, "provider_settings").default_provider_id) || localRunnerDefault(json);
  if (id === "") return null;
  const listed = providers.find((provider) => provider.providerId === id);
  return listed ?? { providerId: id, model: "", providerType: "", baseUrl: "" };
};

const localRunnerDefault = (json: JsonObject): string => {
  const runner = objectAt(json, "agent_runner");
  return runner.runner_type === "local" ? nameOf(objectAt(objectAt(runner, "config"), "model").provider_id) : "";
};

/** Settings of the wrong shape cost the default provider, not the list. */
const objectAt = (json: JsonObject, key: string): JsonObject => {
  const value = json[key];
  return isObject(value) ? value : {};
};
