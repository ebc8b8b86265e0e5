import { z } from "zod";
import { maskKeysInName } from "@/lib/secret-shapes.ts";
import { isObject, type JsonObject, reduceBaseUrl } from "./astrbot/record.ts";

const MAX_SOURCE_LENGTH = 256;
/** One more than the answer names, which then says so. */
const MAX_WRONG_ROWS = 101;

/** `z.record` checks and copies each key: half a second for a list within our bounds (measured). */
const anyObject = z.custom<JsonObject>(isObject).meta({ type: "object" });

/** Whole numbers as the predecessor accepted them: 2, 2.0, "2" and true, but not 1.5. */
const wholeNumber = z.preprocess((value) => {
  if (typeof value === "boolean") return Number(value);
  return typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;
}, z.int());

/** Shown on open pages: a label that contains a key, or an address that may have a password, is reduced. */
const toLabel = (text: string): string => {
  const colon = text.indexOf(":");
  const isAddress = text.includes("://") || (colon >= 0 && text.includes("@", colon));
  return isAddress ? reduceBaseUrl(text) || "***" : maskKeysInName(text);
};

const Source = z
  .string()
  .refine((text) => text.isWellFormed(), "must be well-formed text")
  .transform((text) => toLabel(text.trim()) || "manual_api")
  .pipe(z.string().max(MAX_SOURCE_LENGTH, `must be at most ${MAX_SOURCE_LENGTH} characters`));

const ProviderRows = z
  .array(z.unknown())
  .superRefine((rows, { addIssue }) => {
    const wrong = rows.flatMap((row, index) => (isObject(row) ? [] : [index])).slice(0, MAX_WRONG_ROWS);
    for (const index of wrong)
      addIssue({ code: "invalid_type", expected: "record", input: rows[index], path: [index] });
  })
  .meta({ items: { type: "object" } });

/** What the plugin pushes (contract); keys not named here are ignored. */
export const ImportBody = z.object({
  exported_at: z.string().default(""),
  astr_provider_count: wholeNumber.default(0),
  using_provider: anyObject.nullable().default(null),
  providers: ProviderRows.default([]),
  source: Source.default("plugin_push"),
});
export type ImportBody = z.infer<typeof ImportBody>;

export const ListQuery = z.object({ format: z.enum(["json", "csv"]).default("json") });

const MAX_HISTORY = 100;

const positive = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "must be a whole number above 0")
  .transform(Number);

export const HistoryQuery = z.object({
  before: positive.optional(),
  limit: positive.refine((limit) => limit <= MAX_HISTORY, `must be at most ${MAX_HISTORY}`).default(20),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;
