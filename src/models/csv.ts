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
] as const satisfies (keyof StoredProviderView)[];

/** Without it, Excel decodes Chinese in the wrong encoding. */
const BOM = "\uFEFF";

/** RFC 4180, for spreadsheets. */
export const toCsv = (models: readonly StoredProviderView[]): string => {
  const lines = models.map((model) => COLUMNS.map((column) => cell(String(model[column]))).join(","));
  return `${BOM}${[COLUMNS.join(","), ...lines].join("\r\n")}\r\n`;
};

/** Spreadsheets run these as formulas, with Chinese input methods the full-width signs too. */
const FORMULA = /^\s*[=+\-@＝＋－＠\t\r]/;

const cell = (text: string): string => {
  // An apostrophe in front makes it text in every spreadsheet.
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",'\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
