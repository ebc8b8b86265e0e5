import type { Locale } from "@/locales/translate.ts";
import { type Finding, type FindingState, text } from "./finding.ts";

const SIGNS: Record<FindingState, string> = { fail: "✗", warn: "!", ok: "✓" };
/** The most severe first. */
const STATES = ["fail", "warn", "ok"] as const;

/** The findings as `--json` prints them: the most severe first, otherwise in the order of the checks. */
export const toLines = (findings: readonly Finding[], locale: Locale) =>
  STATES.flatMap((wanted) => findings.filter(({ state }) => state === wanted)).map(
    ({ kind, state, describe, command }) => {
      const { seen, cause, fix } = describe(locale);
      return { kind, state, seen, cause, cure: fix, command };
    },
  );

export type ReportLine = ReturnType<typeof toLines>[number];

/** For a terminal; the command stands on a line of its own, to be pasted. */
export const toText = (lines: readonly ReportLine[], locale: Locale): string[] => {
  const printed = lines.flatMap(({ state, seen, cause, cure, command }) => [
    `${SIGNS[state]} ${text(locale, `report.${state}`)}  ${seen}`,
    ...(cause === "" ? [] : [`    ${text(locale, "report.cause")}${cause}`]),
    ...(cure === "" ? [] : [`    ${text(locale, "report.fix")}${cure}`]),
    ...(command === "" ? [] : [`      ${command}`]),
  ]);
  const [fail = 0, warn = 0, ok = 0] = STATES.map((wanted) => lines.filter(({ state }) => state === wanted).length);
  const summary = ok === lines.length ? "report.all_ok" : "report.summary";
  return [...printed, "", text(locale, summary, { fail, warn, ok })];
};

/** 0, 1 with warnings, 2 with failures. */
export const exitCodeOf = (lines: readonly ReportLine[]): number =>
  Math.max(0, ...lines.map(({ state }) => ["ok", "warn", "fail"].indexOf(state)));
