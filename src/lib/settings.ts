/** Schemas of environment variables. Each reads a string; `.default()` or `.optional()` says what an absent one means. */
import { z } from "zod";

const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];
const HTTP_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

/** The placeholder of `.env.example` counts as no token. */
export const token = z
  .string()
  .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks")
  .transform((value) => (value === PLACEHOLDER_TOKEN ? "" : value));

export const flag = z.stringbool({
  truthy: TRUE_WORDS,
  falsy: FALSE_WORDS,
  error: `must be one of ${[...TRUE_WORDS, ...FALSE_WORDS].join(" ")}`,
});

/** A value below the minimum counts as the minimum, as in the predecessor. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.string().transform((value, { addIssue }) => {
    if (!/^[+-]?\d+$/.test(value)) addIssue("must be a whole number");
    else if (Number(value) > max) addIssue(`must be at most ${max}`);
    return Math.max(min, Number(value));
  });

/** Comma-separated; blanks and empty entries are dropped. */
export const list = z.string().transform((value) => value.split(/\s*,\s*/).filter((entry) => entry !== ""));

export const httpUrl = z
  .string()
  .refine(
    (value) => HTTP_URL.test(value) && URL.canParse(value),
    "must be an http or https address without user, query or fragment",
  )
  .transform((value) => value.replace(/\/+$/, ""));

/** In any case. */
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(values, `must be one of ${values.join(", ")}`));
