import type { Locale } from "@/locales/translate.ts";
import { type Finding, type FindingState, text } from "./finding.ts";

const SIGNS: Record<FindingState, string> = { fail: "✗", warn: "!", note: "·", ok: "✓" };
/** The most severe first. */
const STATES = ["fail", "warn", "note", "ok"] as const;

/** The findings as `--json` prints them: the most severe first, otherwise in the order of the checks. */
export const toLines = (findings: readonly Finding[], locale: Locale) =>
  STATES.flatMap((wanted) => findings.filter(({ state }) => state === wanted)).map(
    ({ kind, state, describe, command }) => {
      const { seen, cause, fix } = describe(locale);
      return { kind, state, seen, cause, cure: fix, command };
    },
  );

export type ReportLine = ReturnType<typeof toLines>[number];

type Paint = (state: FindingState, text: string) => string;

/** For a terminal: the verdict first; each command stands on a line of its own, to be pasted. */
export const toText = (lines: readonly ReportLine[], locale: Locale, paint: Paint = (_, words) => words): string[] => {
  const counts = STATES.map((wanted) => [wanted, lines.filter(({ state }) => state === wanted).length] as const);
  const [[worst] = ["ok" as const]] = counts.filter(([state, count]) => count > 0 && state !== "note");
  const named = counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => text(locale, `count.${state}`, { count }));
  const verdict = text(locale, `report.verdict_${worst}`, { counts: named.join(text(locale, "report.comma")) });
  return [
    paint(worst, `${SIGNS[worst]} ${verdict}`),
    "",
    ...lines.flatMap(({ state, seen, cause, cure, command }) => [
      `${paint(state, `${SIGNS[state]} ${text(locale, `report.${state}`)}`)}  ${seen}`,
      ...(cause === "" ? [] : [`    ${text(locale, "report.cause")}${cause}`]),
      ...(cure === "" ? [] : [`    ${text(locale, "report.fix")}${cure}`]),
      ...(command === "" ? [] : [`      ${command}`]),
    ]),
  ];
};

/** 0, also with notices; 1 with warnings, 2 with failures. */
export const exitCodeOf = (lines: readonly ReportLine[]): number =>
  Math.max(0, ...lines.map(({ state }) => ({ ok: 0, note: 0, warn: 1, fail: 2 })[state]));
