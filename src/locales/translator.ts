import { fill, type Locale, type Translated } from "./locale.ts";

type Values = Readonly<Record<string, string | number>>;

/** A dictionary's look-up: finds a text and fills its `{name}` placeholders. */
export const createTranslator =
  <Key extends string>(texts: Record<Key, Translated>) =>
  (locale: Locale) =>
  (key: Key, values: Values = {}): string =>
    fill(texts[key][locale], values);
