import { reduceBaseUrl } from "./base-url.ts";
import type { ProviderField, ProviderView, SkippedReport, SkippedView, SkipReason } from "./view.ts";

/** What every source becomes. Only these four fields are ever copied out of a row: all others may hold a secret. */
export interface ProviderRecord {
  providerId: string;
  /** "" for the kinds of provider that have none. */
  model: string;
  providerType: string;
  /** Reduced; "" when missing or not an address. */
  baseUrl: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The values a source found for a record, as they stand in the JSON. */
export interface RawProvider {
  id: unknown;
  model: unknown;
  providerType: unknown;
  baseUrl: unknown;
}

export type RowOutcome =
  | { kind: "usable"; record: ProviderRecord }
  | { kind: "unusable"; providerId: string; reason: SkipReason; field: ProviderField | "" };

const MAX_LENGTH = 512;
const MAX_NAMED = 100;
const CONTROL = /\p{Cc}/u;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `id`, then `provider_id`, everywhere: what Python calls false falls through, a blank string does not. */
export const idOf = (row: JsonObject): unknown => row.id || row.provider_id;

type Text = { text: string } | { fault: SkipReason };

/** Strings trimmed, finite numbers as their JSON text, nothing as "" (contract B10). */
const toText = (value: unknown): Text => {
  if (value === undefined || value === null) return { text: "" };
  if (typeof value === "number" && Number.isFinite(value)) return { text: JSON.stringify(value) };
  return typeof value === "string" ? { text: value.trim() } : { fault: "not_text" };
};

const toName = (value: unknown): Text => {
  const name = toText(value);
  if ("fault" in name) return name;
  if (!name.text.isWellFormed() || CONTROL.test(name.text)) return { fault: "bad_characters" };
  return name.text.length > MAX_LENGTH ? { fault: "too_long" } : name;
};

/** A usable id or "". */
export const nameOf = (value: unknown): string => {
  const name = toName(value);
  return "text" in name ? name.text : "";
};

/** The first field at fault makes the row unusable. */
export const toRecord = (raw: RawProvider, { needsModel }: { needsModel: boolean }): RowOutcome => {
  const unusable = (field: ProviderField, reason: SkipReason): RowOutcome => ({
    kind: "unusable",
    providerId: nameOf(raw.id),
    reason,
    field,
  });
  const id = toName(raw.id);
  if ("fault" in id) return unusable("id", id.fault);
  if (id.text === "") return unusable("id", "missing");
  const model = toName(raw.model);
  if ("fault" in model) return unusable("model", model.fault);
  if (model.text === "" && needsModel) return unusable("model", "missing");
  const type = toName(raw.providerType);
  if ("fault" in type) return unusable("provider_type", type.fault);
  const url = toText(raw.baseUrl);
  if ("fault" in url) return unusable("base_url", url.fault);
  const baseUrl = reduceBaseUrl(url.text);
  return { kind: "usable", record: { providerId: id.text, model: model.text, providerType: type.text, baseUrl } };
};

export interface RowList {
  /** In the list's order; ids may repeat. */
  providers: ProviderRecord[];
  skipped: SkippedView[];
}

/** Reads each row of a list, keeping what is usable and naming what is not. */
export const readRows = (rows: readonly unknown[], readRow: (row: JsonObject) => RowOutcome): RowList => {
  const list: RowList = { providers: [], skipped: [] };
  for (const [index, row] of rows.entries()) {
    const outcome: RowOutcome = isObject(row)
      ? readRow(row)
      : { kind: "unusable", providerId: "", reason: "not_an_object", field: "" };
    if (outcome.kind === "usable") list.providers.push(outcome.record);
    else {
      const { providerId, reason, field } = outcome;
      list.skipped.push({ index, provider_id: providerId, reason, field });
    }
  }
  return list;
};

export const toProviderView = (record: ProviderRecord): ProviderView => ({
  provider_id: record.providerId,
  model: record.model,
  provider_type: record.providerType,
  base_url: record.baseUrl,
});

export const toSkippedReport = (skipped: readonly SkippedView[]): SkippedReport => ({
  skipped_count: skipped.length,
  skipped: skipped.slice(0, MAX_NAMED),
});
