/**
 * Readers of single variables, and one function that reads them all. Not zod: its schemas of forty variables cost an
 * idle process 4 MiB (bench/README.md).
 */

/**
 * @param given undefined when the variable is absent or blank.
 * @throws WrongValue, which says what the value must be and never what it is.
 */
export type Setting<Value> = (given: string | undefined) => Value;

export type ValuesOf<Settings> = {
  [Name in keyof Settings]: Settings[Name] extends Setting<infer Value> ? Value : never;
};

class WrongValue extends Error {}

const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];

const requireThat = (isRight: boolean, rule: string): void => {
  if (!isRight) throw new WrongValue(rule);
};

export const text =
  (fallback: string): Setting<string> =>
  (given = fallback) =>
    given;

export const token: Setting<string> = (given = "") => {
  requireThat(/^[\x21-\x7e]*$/.test(given), "must be printable ASCII without blanks");
  return given === PLACEHOLDER_TOKEN ? "" : given;
};

export const flag =
  (fallback: boolean): Setting<boolean> =>
  (given) => {
    if (given === undefined) return fallback;
    const word = given.toLowerCase();
    const words = [...TRUE_WORDS, ...FALSE_WORDS];
    requireThat(words.includes(word), `must be one of ${words.join(" ")}`);
    return TRUE_WORDS.includes(word);
  };

/** A value below the floor counts as the floor, as in the predecessor. */
export const wholeNumber =
  (fallback: number, floor: number, ceiling = Number.MAX_SAFE_INTEGER): Setting<number> =>
  (given = String(fallback)) => {
    requireThat(/^[+-]?\d+$/.test(given), "must be a whole number");
    const value = Math.max(floor, Number(given));
    requireThat(value <= ceiling, `must be at most ${ceiling}`);
    return value;
  };

/** Comma-separated; blanks and empty entries are dropped. */
export const list =
  ({ fallback = "", without = [] }: { fallback?: string; without?: readonly string[] } = {}): Setting<string[]> =>
  (given = fallback) => {
    const names = given
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
    requireThat(!names.some((name) => without.includes(name)), `must not name ${without.join(" or ")}`);
    return names;
  };

export const httpUrl = <Fallback extends string | undefined>(fallback: Fallback): Setting<string | Fallback> => {
  const shape = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;
  return (given) => {
    if (given === undefined) return fallback;
    const isRight = shape.test(given) && URL.canParse(given);
    requireThat(isRight, "must be an http or https address without user, query or fragment");
    return given.replace(/\/+$/, "");
  };
};

/** In any case. */
export const oneOf =
  <Value extends string>(values: readonly Value[], fallback: Value): Setting<Value> =>
  (given = fallback) => {
    const value = values.find((known) => known === given.toLowerCase());
    if (value === undefined) throw new WrongValue(`must be one of ${values.join(", ")}`);
    return value;
  };

/** Reads them all; every fault begins with the variable's name. */
export const readSettings = <Settings extends Readonly<Record<string, Setting<unknown>>>>(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): { values: ValuesOf<Settings>; faults: string[] } => {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, read] of Object.entries(settings)) {
    try {
      values[name] = read(environment[name]?.trim() || undefined);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      faults.push(`${name} ${error.message}`);
    }
  }
  return { values: values as ValuesOf<Settings>, faults };
};
