import { en } from "./en.ts";
import { fill, type Locale } from "./locale.ts";
import { zhCN } from "./zh-CN.ts";

export type TextKey = keyof typeof zhCN;
type Values = Readonly<Record<string, string | number>>;

const dictionaries: Record<Locale, Record<TextKey, string>> = { "zh-CN": zhCN, en };

/** Looks a text up in one language and fills its `{name}` placeholders. */
export const translate =
  (locale: Locale) =>
  (key: TextKey, values: Values = {}): string =>
    fill(dictionaries[locale][key], values);

export type Translate = ReturnType<typeof translate>;

/** For codes that come from outside, such as the actions in an audit log. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(zhCN, key);
