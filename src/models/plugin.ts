import { capabilityOf, vendorOfType } from "./capability.ts";
import {
  idOf,
  isObject,
  isOff,
  type JsonObject,
  listAt,
  markDefault,
  type ReadOutcome,
  type RowOutcome,
  readRows,
  toRecord,
} from "./record.ts";

/** A row as the plugin writes it, in its export file and in the body it pushes. */
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

/** The pushed or exported list with the provider in use marked. */
export const readPluginList = (rows: readonly unknown[], usingProvider: unknown) => {
  const { providers, skipped } = readRows(rows, readPluginRow);
  const using = isObject(usingProvider) ? readPluginRow(usingProvider) : undefined;
  const defaultProvider = using && "record" in using ? using.record : null;
  return { providers: markDefault(providers, defaultProvider?.providerId ?? ""), skipped, defaultProvider };
};

export const readPluginExport = (json: unknown): ReadOutcome => {
  if (!isObject(json)) return { kind: "wrong_shape", at: "$" };
  const rows = listAt(json, "providers");
  if (!rows) return { kind: "wrong_shape", at: "providers" };
  return { kind: "read", ...readPluginList(rows, json.using_provider) };
};
