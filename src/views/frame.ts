import type { Viewer } from "@/http/env.ts";
import type { Locale } from "@/locales/locale.ts";

/** What every page is given beside what it shows. */
export interface Frame {
  locale: Locale;
  /** Path and query of this page, for links that lead back to it. */
  address: string;
  viewer: Viewer;
  /** When it was made, in the contract's form: running clocks start from it. */
  now: string;
}

/** The same page in another language. */
export const inLanguage = (address: string, locale: Locale): string => {
  const [path = "", query] = address.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("lang", locale);
  return `${path}?${parameters}`;
};
