import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import type { ImportRefusal } from "@/models/manual-import.ts";
import type { SkippedView } from "@/models/view.ts";

/** How an import by hand ended, as the models page shows it. */
export type ImportNotice =
  | { kind: "stored"; count: string }
  | { kind: "refused"; text: string; cure: string; skipped: readonly SkippedView[]; skippedCount: number };

/** Reads the notice that a confirmed import's redirect carries. Anyone can write such a link: only a number is taken. */
export const readImportNotice = (
  query: (name: "import" | "provider_count") => string | undefined,
): ImportNotice | null => {
  const count = query("provider_count") ?? "";
  return query("import") === "ok" && /^\d{1,9}$/.test(count) ? { kind: "stored", count } : null;
};

export const toImportNotice = ({ fault, detail, report }: ImportRefusal, locale: Locale): ImportNotice => {
  const t = translate(locale);
  return {
    kind: "refused",
    text: t(`import.${fault}.text`, { detail }),
    cure: t(`import.${fault}.fix`),
    skipped: report.skipped,
    skippedCount: report.skipped_count,
  };
};
