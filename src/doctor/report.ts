import { doctorTexts, reportTexts } from "@/locales/doctor/texts.ts";
import { fill, type Locale } from "@/locales/locale.ts";
import type { Severity } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { Finding, FindingState } from "./finding.ts";

/** As `--json` gives it; `cause`, `cure` and `command` are "" where there is none. */
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
const stateOf: Record<Severity, FindingState> = { fault: "fail", warning: "warn", notice: "warn" };

/** The gravest first, otherwise in the order of the checks. */
export const toLines = (findings: readonly Finding[], locale: Locale): ReportLine[] => {
  const lines = findings.map((finding) => toLine(finding, locale));
  return STATES.flatMap((state) => lines.filter((line) => line.state === state));
};

const toLine = (finding: Finding, locale: Locale): ReportLine => {
  if (finding.kind === "problem") {
    const { problem } = finding;
    const { title, cause, fix } = describeProblem(problem, locale);
    const kind = problem.kind === "gateway" ? `gateway_${problem.detail}` : problem.kind;
    const state = stateOf[problem.severity];
    return { kind, state, seen: title, cause, cure: fix, command: finding.command ?? "" };
  }
  const { kind, values, command = "" } = finding;
  const entry = doctorTexts[kind];
  const { seen, cause = "", cure = "" }: { seen: string; cause?: string; cure?: string } = entry[locale];
  const [filledSeen, filledCause, filledCure] = [seen, cause, cure].map((text) => fill(text, values));
  return {
    kind,
    state: entry.state,
    seen: filledSeen ?? "",
    cause: filledCause ?? "",
    cure: filledCure ?? "",
    command,
  };
};

/** State by word and sign; the command on a line of its own, to be pasted. */
export const toText = (lines: readonly ReportLine[], locale: Locale): string[] => {
  const texts = reportTexts[locale];
  const text = lines.flatMap(({ state, seen, cause, cure, command }) => [
    `${SIGNS[state]} ${texts[state]}  ${seen}`,
    ...(cause === "" ? [] : [`    ${fill(texts.cause, { text: cause })}`]),
    ...(cure === "" ? [] : [`    ${fill(texts.cure, { text: cure })}`]),
    ...(command === "" ? [] : [`      ${command}`]),
  ]);
  const count = (state: FindingState) => lines.filter((line) => line.state === state).length;
  const counts = { fail: count("fail"), warn: count("warn"), ok: count("ok") };
  const isWell = counts.fail + counts.warn === 0;
  return [...text, "", fill(isWell ? texts.allWell : texts.summary, counts)];
};

/** 0, 1 with warnings, 2 with failures. */
export const exitCodeOf = (lines: readonly ReportLine[]): number => {
  if (lines.some(({ state }) => state === "fail")) return 2;
  return lines.some(({ state }) => state === "warn") ? 1 : 0;
};
