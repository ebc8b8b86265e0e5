import { isTextKey, type Translate } from "@/locales/translate.ts";
import type { ImportRefusal } from "@/models/manual-import.ts";
import type { SkippedReport } from "@/models/view.ts";

/** The result of a pull, as the models page shows it. */
export type PullNotice = { kind: "ok"; source: string; count: string } | { kind: "fail"; code: string; reason: string };

/** The result of an import by hand, as the models page shows it. */
export type ImportNotice =
  | { kind: "stored"; count: string }
  | { kind: "refused"; text: string; fix: string; report?: SkippedReport };

/** The names a value may have in the query string of /web/models (contract). */
export type PullParameter = "pull" | "source_used" | "provider_count" | "error_code" | "reason";

const SOURCES = ["cmd_config", "plugin_export"];
const MAX_REASON_CHARS = 300;
const COUNT = /^\d{1,9}$/;

/**
 * Reads the notice from the page's query. Anyone can write such a link, so a value must look like one of ours,
 * and the free text is short and stays text.
 * @param query the last value of a parameter, undefined if it is absent.
 */
export const readPullNotice = (query: (name: PullParameter) => string | undefined): PullNotice | null => {
  const value = (name: PullParameter) => query(name)?.trim() ?? "";
  const kept = (name: PullParameter, accepted: RegExp, otherwise: string) =>
    accepted.test(value(name)) ? value(name) : otherwise;

  switch (value("pull").toLowerCase()) {
    case "ok": {
      const source = value("source_used");
      return {
        kind: "ok",
        source: SOURCES.includes(source) ? source : "unknown",
        count: kept("provider_count", COUNT, "0"),
      };
    }
    case "fail":
      return {
        kind: "fail",
        code: kept("error_code", /^[a-z_]{1,64}$/, "unknown"),
        reason: [...value("reason")].slice(0, MAX_REASON_CHARS).join("") || "unknown",
      };
    default:
      return null;
  }
};

/** What to do about a failed pull; undefined for an unknown code. */
export const pullFix = (code: string, t: Translate): string | undefined =>
  [`pull.${code}.fix`, `error.${code}.fix`].filter(isTextKey).map((key) => t(key))[0];

/** Reads the notice that a confirmed import's redirect carries. Anyone can write such a link: only a number is shown. */
export const readImportNotice = (
  query: (name: "import" | "provider_count") => string | undefined,
): ImportNotice | null => {
  const count = query("provider_count") ?? "";
  return query("import") === "ok" && COUNT.test(count) ? { kind: "stored", count } : null;
};

export const toImportNotice = ({ fault, detail, report }: ImportRefusal, t: Translate): ImportNotice => ({
  kind: "refused",
  text: t(`fault.${fault}`, { detail }),
  fix: t(`import.${fault}.fix`),
  report,
});
