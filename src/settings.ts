/** Schemas of single variables. They share their parts: each costs an idle process some KiB (bench/README.md). */
import * as z from "zod/mini";

const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];
const FLAG_WORDS = [...TRUE_WORDS, ...FALSE_WORDS];
const HTTP_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

const string = z.string();

const lowerCased = z.pipe(
  string,
  z.transform((given) => given.toLowerCase()),
);

export const text = (fallback: string) => z._default(string, fallback);

export const token = z._default(
  z.pipe(
    string.check(z.regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks")),
    z.transform((given) => (given === PLACEHOLDER_TOKEN ? "" : given)),
  ),
  "",
);

const flagWord = z.pipe(
  z.pipe(lowerCased, z.enum(FLAG_WORDS, `must be one of ${FLAG_WORDS.join(" ")}`)),
  z.transform((word) => TRUE_WORDS.includes(word)),
);

export const flag = (fallback: boolean) => z._default(flagWord, fallback);

const digits = string.check(z.regex(/^[+-]?\d+$/, "must be a whole number"));

/** A value below the floor counts as the floor, as in the predecessor. */
export const wholeNumber = (fallback: number, floor: number, ceiling = Number.MAX_SAFE_INTEGER) =>
  z._default(
    z.pipe(
      digits,
      z.transform((given, { issues }) => {
        const value = Math.max(floor, Number(given));
        if (value > ceiling) issues.push({ code: "custom", message: `must be at most ${ceiling}`, input: given });
        return value;
      }),
    ),
    fallback,
  );

/** Comma-separated; blanks and empty entries are dropped. */
export const list = ({ fallback = "", without = [] }: { fallback?: string; without?: readonly string[] } = {}) =>
  z.pipe(
    text(fallback),
    z.transform((given, { issues }) => {
      const names = given
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "");
      if (names.some((name) => without.includes(name))) {
        issues.push({ code: "custom", message: `must not name ${without.join(" or ")}`, input: given });
      }
      return names;
    }),
  );

export const httpUrl = z.pipe(
  string.check(
    z.refine(
      (given) => HTTP_URL.test(given) && URL.canParse(given),
      "must be an http or https address without user, query or fragment",
    ),
  ),
  z.transform((given) => given.replace(/\/+$/, "")),
);

/** In any case. */
export const oneOf = <const Values extends readonly string[]>(values: Values, fallback: Values[number]) =>
  z.pipe(z._default(lowerCased, fallback), z.enum(values, `must be one of ${values.join(", ")}`));
