import { listAt, type ReadOutcome } from "./astrbot.ts";
import { idOf, isObject, type JsonObject, type RowList, type RowOutcome, readRows, toRecord } from "./record.ts";

/** Rows as the plugin writes them, in its export file and in the body it pushes. */
export const readPluginRows = (rows: readonly unknown[]): RowList => readRows(rows, readPluginRow);

const readPluginRow = (row: JsonObject): RowOutcome =>
  toRecord(
    { id: idOf(row), model: row.model, providerType: row.provider_type, baseUrl: row.base_url },
    { needsModel: true },
  );

export const readPluginExport = (json: unknown): ReadOutcome => {
  if (!isObject(json)) return { kind: "wrong_shape", at: "$" };
  const rows = listAt(json, "providers");
  if (!rows) return { kind: "wrong_shape", at: "providers" };
  const using = isObject(json.using_provider) ? readPluginRow(json.using_provider) : undefined;
  return {
    kind: "read",
    ...readPluginRows(rows),
    usingProvider: using?.kind === "usable" ? using.record : null,
  };
};
