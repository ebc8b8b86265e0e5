import type { Problem, Severity } from "./diagnose.ts";

export interface Verdict {
  tone: Severity | "ok";
  /** What the verdict is about; undefined when all is well. A notice is no reason to say that something is wrong. */
  worst: Problem | undefined;
  /** The others, the gravest first. */
  further: readonly Problem[];
}

/** @param problems the gravest first. */
export const verdictOf = (problems: readonly Problem[]): Verdict => {
  const [worst, ...further] = problems;
  return worst === undefined || worst.severity === "notice"
    ? { tone: "ok", worst: undefined, further: problems }
    : { tone: worst.severity, worst, further };
};
