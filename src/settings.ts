/** Schemas of single variables. */
import * as z from "zod/mini";

const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];
const FLAG_WORDS = [...TRUE_WORDS, ...FALSE_WORDS];
const HTTP_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

const lowerCased = z.pipe(
  z.string(),
  z.transform((given) => given.toLowerCase()),
);

export const text = (fallback: string) => z._default(z.string(), fallback);

export const token = z._default(
  z.pipe(
    z.string().check(z.regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks")),
    z.transform((given) => (given === PLACEHOLDER_TOKEN ? "" : given)),
  ),
  "",
);

export const flag = (fallback: boolean) =>
  z._default(
    z.pipe(
      lowerCased,
      z.pipe(
        z.enum(FLAG_WORDS, `must be one of ${FLAG_WORDS.join(" ")}`),
        z.transform((word) => TRUE_WORDS.includes(word)),
      ),
    ),
    fallback,
  );

/** A value below the floor counts as the floor, as in the predecessor. */
export const wholeNumber = (fallback: number, floor: number, ceiling = Number.MAX_SAFE_INTEGER) => {
  const rule = `must be at most ${ceiling}`;
  return z._default(
    z.pipe(
      z.pipe(
        z.string().check(z.regex(/^[+-]?\d+$/, "must be a whole number")),
        z.transform((given) => Math.max(floor, Number(given))),
      ),
      // Said twice: so many digits that they are Infinity are no number to zod.
      z.number(rule).check(z.lte(ceiling, rule)),
    ),
    fallback,
  );
};

/** Comma-separated; blanks and empty entries are dropped. */
export const list = ({ fallback = "", without = [] }: { fallback?: string; without?: readonly string[] } = {}) =>
  z.pipe(
    z.pipe(
      text(fallback),
      z.transform((given) =>
        given
          .split(",")
          .map((entry) => entry.trim())
          .filter((entry) => entry !== ""),
      ),
    ),
    z
      .array(z.string())
      .check(
        z.refine((names) => !names.some((name) => without.includes(name)), `must not name ${without.join(" or ")}`),
      ),
  );

export const httpUrl = z.pipe(
  z
    .string()
    .check(
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
