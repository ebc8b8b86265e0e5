import { looksSecret } from "@/lib/secret-shapes.ts";
import { MAX_URL_LENGTH, reduceBaseUrl } from "./base-url.ts";
import type {
  Capability,
  ProviderDetailView,
  ProviderField,
  ProviderView,
  SkippedReport,
  SkippedView,
  SkipReason,
} from "./view.ts";

/** The fields of the contract. */
export interface ProviderCore {
  providerId: string;
  /** "" for the kinds of provider that have none. */
  model: string;
  providerType: string;
  /** Reduced; "" when missing or not an address. */
  baseUrl: string;
}

/** What every source becomes. Nothing else is ever copied out of a row: any other field may hold a secret. */
export interface ProviderRecord extends ProviderCore {
  capability: Capability;
  /** "" when nothing tells. */
  vendor: string;
  enabled: boolean;
  isDefault: boolean;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The values a source found for a record, as they stand in the JSON. */
export interface RawProvider {
  id: unknown;
  model: unknown;
  providerType: unknown;
  baseUrl: unknown;
  vendor: unknown;
  capability: Capability;
  enabled: boolean;
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

/** Strings trimmed, finite numbers as their JSON text, nothing as "" (contract). */
const toText = (value: unknown): Text => {
  if (value === undefined || value === null) return { text: "" };
  if (typeof value === "number" && Number.isFinite(value)) return { text: JSON.stringify(value) };
  return typeof value === "string" ? { text: value.trim() } : { fault: "not_text" };
};

const toLine = (value: unknown, maxLength: number): Text => {
  const line = toText(value);
  if ("fault" in line) return line;
  if (!line.text.isWellFormed() || CONTROL.test(line.text)) return { fault: "bad_characters" };
  return line.text.length > maxLength ? { fault: "too_long" } : line;
};

const toName = (value: unknown): Text => toLine(value, MAX_LENGTH);

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
  const url = toLine(raw.baseUrl, MAX_URL_LENGTH);
  if ("fault" in url) return unusable("base_url", url.fault);
  return {
    kind: "usable",
    record: {
      providerId: id.text,
      model: model.text,
      providerType: type.text,
      baseUrl: reduceBaseUrl(url.text),
      capability: raw.capability,
      vendor: vendorOf(raw.vendor),
      enabled: raw.enabled,
      isDefault: false,
    },
  };
};

/** A mere label: an odd one costs the label, not the row. */
const vendorOf = (value: unknown): string => {
  const vendor = nameOf(value);
  return looksSecret(vendor) ? "" : vendor;
};

const OFF_WORDS = ["false", "0", "no", "off", "关"];

/** Missing or unrecognised counts as on (contract), though AstrBot itself skips a row without `enable`. */
export const isOff = (enable: unknown): boolean =>
  ["boolean", "number", "string"].includes(typeof enable) && OFF_WORDS.includes(String(enable).trim().toLowerCase());

/** Marks the first row of that id: AstrBot takes the first, too. */
export const markDefault = (providers: readonly ProviderRecord[], defaultId: string): ProviderRecord[] => {
  const at = defaultId === "" ? -1 : providers.findIndex((provider) => provider.providerId === defaultId);
  return providers.map((provider, index) => ({ ...provider, isDefault: index === at }));
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

export const toProviderView = (record: ProviderCore): ProviderView => ({
  provider_id: record.providerId,
  model: record.model,
  provider_type: record.providerType,
  base_url: record.baseUrl,
});

export const toProviderDetailView = (
  record: ProviderCore & { capability: Capability | ""; vendor: string; enabled: boolean; isDefault: boolean },
): ProviderDetailView => ({
  ...toProviderView(record),
  capability: record.capability,
  vendor: record.vendor,
  enabled: record.enabled,
  is_default: record.isDefault,
});

export const toSkippedReport = (skipped: readonly SkippedView[]): SkippedReport => ({
  skipped_count: skipped.length,
  skipped: skipped.slice(0, MAX_NAMED),
});
