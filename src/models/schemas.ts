import { z } from "zod";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import { reduceBaseUrl } from "./base-url.ts";

const MAX_SOURCE_LENGTH = 256;

const anyObject = z.record(z.string(), z.unknown());

/** Whole numbers as the predecessor took them: 2, 2.0, "2" and true, but not 1.5. */
const wholeNumber = new z.core.$ZodPreprocess({
  type: "pipe",
  in: z.transform((value) => {
    if (typeof value === "boolean") return Number(value);
    return typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;
  }),
  out: z.int(),
});

/** Shown on open pages: a label that holds a key or an address with a password is not kept as it came. */
const toLabel = (text: string): string =>
  text.includes("://") ? reduceBaseUrl(text) || "***" : maskSecretPieces(text);

/** What the plugin pushes (contract); keys not named here are ignored. */
export const ImportBody = z.object({
  exported_at: z._default(z.string(), ""),
  astr_provider_count: z._default(wholeNumber, 0),
  using_provider: z._default(z.nullable(anyObject), null),
  providers: z._default(z.array(anyObject), []),
  source: z._default(
    z.pipe(
      z.string().check(z.refine((text) => text.isWellFormed(), "must be well-formed text")),
      z.pipe(
        z.transform((text: string) => toLabel(text.trim()) || "manual_api"),
        z
          .string()
          .check(
            z.refine((text) => text.length <= MAX_SOURCE_LENGTH, `must be at most ${MAX_SOURCE_LENGTH} characters`),
          ),
      ),
    ),
    "plugin_push",
  ),
});
export type ImportBody = z.infer<typeof ImportBody>;

const positive = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,14}$/, "must be a whole number above 0")),
  z.transform(Number),
);

export const ListQuery = z.object({ format: z._default(z.enum(["json", "csv"]), "json") });
export type ListQuery = z.infer<typeof ListQuery>;

const MAX_HISTORY = 100;

export const HistoryQuery = z.object({
  before: z.optional(positive),
  limit: z._default(positive.check(z.refine((limit) => limit <= MAX_HISTORY, `must be at most ${MAX_HISTORY}`)), 20),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;
