import { isTextKey, type Translate } from "@/locales/translate.ts";

/** The result of a pull, as the models page shows it. */
export type PullNotice = { kind: "ok"; source: string; count: string } | { kind: "fail"; code: string; reason: string };

/** The names a value may have in the query string of /web/models (contract). */
export type PullParameter = "pull" | "source_used" | "provider_count" | "error_code" | "reason";

const SOURCES = ["cmd_config", "plugin_export"];
const MAX_REASON_CHARS = 300;

/**
 * Reads the notice from the page's query. Anyone can write such a link, so a value must look like one of ours,
 * and the free text is short and stays text.
 * @param query the last value of a parameter, undefined when it is absent.
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
        count: kept("provider_count", /^\d{1,9}$/, "0"),
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

/** What to do about a failed pull; undefined for a code that is none of ours. */
export const pullFix = (code: string, t: Translate): string | undefined =>
  [`pull.${code}.fix`, `error.${code}.fix`].filter(isTextKey).map((key) => t(key))[0];
