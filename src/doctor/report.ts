import { fill, type Locale } from "@/locales/locale.ts";
import type { Finding, FindingState } from "./finding.ts";

/** A finding in the form of `--json`; `cause`, `cure` and `command` are "" where there is none. */
export interface ReportLine {
  kind: string;
  state: FindingState;
  seen: string;
  cause: string;
  cure: string;
  command: string;
}

const STATES: readonly FindingState[] = ["fail", "warn", "ok"];
const SIGNS: Record<FindingState, string> = { fail: "✗", warn: "!", ok: "✓" };

const texts = {
  "zh-CN": {
    ok: "正常",
    warn: "注意",
    fail: "故障",
    cause: "原因：",
    fix: "处理：",
    allWell: "一切正常（{ok} 项）",
    summary: "{fail} 项故障，{warn} 项注意，{ok} 项正常",
  },
  en: {
    ok: "ok",
    warn: "warn",
    fail: "FAIL",
    cause: "Cause: ",
    fix: "Fix: ",
    allWell: "All {ok} checks passed",
    summary: "{fail} failed, {warn} warnings, {ok} passed",
  },
} as const;

/** The most severe first, otherwise in the order of the checks. */
export const toLines = (findings: readonly Finding[], locale: Locale): ReportLine[] =>
  STATES.flatMap((wanted) => findings.filter(({ state }) => state === wanted)).map(({ kind, state, text, command }) => {
    const { seen, cause, fix } = text[locale];
    return { kind, state, seen, cause, cure: fix, command };
  });

/** For a terminal; the command stands on a line of its own, to be pasted. */
export const toText = (lines: readonly ReportLine[], locale: Locale): string[] => {
  const words = texts[locale];
  const text = lines.flatMap(({ state, seen, cause, cure, command }) => [
    `${SIGNS[state]} ${words[state]}  ${seen}`,
    ...(cause === "" ? [] : [`    ${words.cause}${cause}`]),
    ...(cure === "" ? [] : [`    ${words.fix}${cure}`]),
    ...(command === "" ? [] : [`      ${command}`]),
  ]);
  const count = (wanted: FindingState) => lines.filter(({ state }) => state === wanted).length;
  const counts = { fail: count("fail"), warn: count("warn"), ok: count("ok") };
  return [...text, "", fill(counts.ok === lines.length ? words.allWell : words.summary, counts)];
};

/** 0, 1 with warnings, 2 with failures. */
export const exitCodeOf = (lines: readonly ReportLine[]): number => {
  if (lines.some(({ state }) => state === "fail")) return 2;
  return lines.some(({ state }) => state === "warn") ? 1 : 0;
};
