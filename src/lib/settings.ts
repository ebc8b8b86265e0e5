/** Schemas of single variables, each of them one: a part each for default, form and value would cost three times that. */
import { z } from "zod";

const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];
const FLAG_WORDS = [...TRUE_WORDS, ...FALSE_WORDS];
const TOKEN = /^[\x21-\x7e]*$/;
const WHOLE_NUMBER = /^[+-]?\d+$/;
const HTTP_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

/** Tells what is wrong with the value; what is then read of it does not matter. */
type Refuse = (message: string) => void;

const variable = <Value, Fallback = Value>(fallback: Fallback, read: (given: string, refuse: Refuse) => Value) =>
  z.transform((given: string | undefined, { issues }): Value | Fallback => {
    if (given === undefined) return fallback;
    return read(given, (message) => issues.push({ code: "custom", message, input: given }));
  });

export const text = (fallback: string) => variable(fallback, (given) => given);

export const token = variable("", (given, refuse) => {
  if (!TOKEN.test(given)) refuse("must be printable ASCII without blanks");
  return given === PLACEHOLDER_TOKEN ? "" : given;
});

export const flag = (fallback: boolean) =>
  variable(fallback, (given, refuse) => {
    const word = given.toLowerCase();
    if (!FLAG_WORDS.includes(word)) refuse(`must be one of ${FLAG_WORDS.join(" ")}`);
    return TRUE_WORDS.includes(word);
  });

/** A value below the floor counts as the floor, as in the predecessor. */
export const wholeNumber = (fallback: number, floor: number, ceiling = Number.MAX_SAFE_INTEGER) =>
  variable(fallback, (given, refuse) => {
    if (!WHOLE_NUMBER.test(given)) refuse("must be a whole number");
    const value = Math.max(floor, Number(given));
    if (value > ceiling) refuse(`must be at most ${ceiling}`);
    return value;
  });

/** Comma-separated; blanks and empty entries are dropped. */
export const list = ({
  fallback = [],
  without = [],
}: Partial<Record<"fallback" | "without", readonly string[]>> = {}) =>
  variable(fallback, (given, refuse) => {
    const names = given
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
    if (names.some((name) => without.includes(name))) refuse(`must not name ${without.join(" or ")}`);
    return names;
  });

export const httpUrl = <Fallback extends string | undefined>(fallback: Fallback) =>
  variable(fallback, (given, refuse) => {
    if (!HTTP_URL.test(given) || !URL.canParse(given)) {
      refuse("must be an http or https address without user, query or fragment");
    }
    return given.replace(/\/+$/, "");
  });

/** In any case. */
export const oneOf = <const Values extends readonly string[]>(values: Values, fallback: Values[number]) =>
  variable(fallback, (given, refuse): Values[number] => {
    const word = given.toLowerCase();
    const value = values.find((known) => known === word);
    if (value === undefined) refuse(`must be one of ${values.join(", ")}`);
    return value ?? fallback;
  });
