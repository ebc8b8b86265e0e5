import type { StoredProviderView } from "./view.ts";

const COLUMNS = [
  "provider_id",
  "model",
  "provider_type",
  "base_url",
  "capability",
  "vendor",
  "enabled",
  "is_default",
  "source",
  "imported_at",
] as const satisfies readonly (keyof StoredProviderView)[];

/** Without it, Excel takes Chinese for something else. */
const BOM = "\uFEFF";

/** RFC 4180, for spreadsheets. */
export const toCsv = (models: readonly StoredProviderView[]): string => {
  const lines = models.map((model) => COLUMNS.map((column) => cell(String(model[column]))).join(","));
  return `${BOM}${[COLUMNS.join(","), ...lines].join("\r\n")}\r\n`;
};

/** What a spreadsheet takes for a formula; full-width signs too, where the input method of the sheet's owner types them. */
const FORMULA = /^\s*[=+\-@＝＋－＠\t\r]/;

const cell = (text: string): string => {
  // An apostrophe in front makes it text in every spreadsheet.
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",'\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
