import { gatewayTexts } from "@/locales/gateway.ts";
import { fill, type Locale } from "@/locales/locale.ts";
import { gatewayCommands, gatewayTitles, type ProblemText, problemCommands, problemTexts } from "@/locales/problems.ts";
import type { Problem } from "./diagnose.ts";

export interface DescribedProblem extends ProblemText {
  /** What to run on the host, where something helps. */
  command: string | undefined;
}

/** Title, cause, cure and command of a problem, in the reader's language: one text for page, chat and doctor. */
export const describeProblem = (problem: Problem, locale: Locale): DescribedProblem => {
  if (problem.kind === "gateway") {
    const { detail } = problem;
    return { title: gatewayTitles[detail][locale], command: gatewayCommands[detail], ...gatewayTexts[detail][locale] };
  }
  const { title, cause, cure } = problemTexts[problem.kind][locale];
  return {
    title,
    cause: fill(cause, problem.values),
    cure: fill(cure, problem.values),
    command: problemCommands[problem.kind],
  };
};
