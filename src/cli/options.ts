import { defaultLocale, isLocale, type Locale } from "@/locales/locale.ts";

/** `--lang en`, anywhere among the arguments; the rest of them in their order. */
export const takeLocale = (args: readonly string[]): { locale: Locale; rest: string[] } => {
  const at = args.indexOf("--lang");
  if (at < 0) return { locale: defaultLocale, rest: [...args] };
  const wanted = args[at + 1];
  return { locale: isLocale(wanted) ? wanted : defaultLocale, rest: args.toSpliced(at, 2) };
};
