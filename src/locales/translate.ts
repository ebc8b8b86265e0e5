import { texts } from "./texts.ts";

export const locales = ["zh-CN", "en"] as const;
export type Locale = (typeof locales)[number];
export const defaultLocale: Locale = "zh-CN";

/** One text in every language: leaving one out does not compile. */
export type Translated = Record<Locale, string>;

export const isLocale = (value: string | undefined): value is Locale => locales.some((locale) => locale === value);

/** The first language of an `Accept-Language` header that we speak; Chinese when there is none. */
export const negotiateLocale = (acceptLanguage: string | undefined): Locale => {
  for (const range of (acceptLanguage ?? "").split(",")) {
    const language = range.split(";")[0]?.trim().toLowerCase() ?? "";
    if (language.startsWith("zh")) return "zh-CN";
    if (language.startsWith("en")) return "en";
  }
  return defaultLocale;
};

/** Fills `{name}` placeholders. */
export const fill = (template: string, values: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));

export type TextKey = keyof typeof texts;

/** Looks a text up in one language and fills its `{name}` placeholders. */
export const translate =
  (locale: Locale) =>
  (key: TextKey, values: Parameters<typeof fill>[1] = {}): string => {
    const [chinese, english] = texts[key];
    return fill(locale === "en" ? english : chinese, values);
  };

export type Translate = ReturnType<typeof translate>;

/** For codes that come from outside, such as the actions in an audit log. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(texts, key);

/** The text of a code that another program or release may have chosen; `otherwise` if it has none. */
export const textOr = (t: Translate, key: string, otherwise: string): string => (isTextKey(key) ? t(key) : otherwise);
