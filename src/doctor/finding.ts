import type { DoctorKind } from "@/locales/doctor/texts.ts";
import type { Problem } from "@/status/diagnose.ts";

export type FindingState = "ok" | "warn" | "fail";

/** What one look has seen: by a text of the doctor's own, or as a problem that the status page tells too. */
export type Finding = {
  /** Fills the placeholders of its texts; never a secret. */
  values: Readonly<Record<string, string | number>>;
  /** The cure as a line for a shell in the project's folder. */
  command?: string | undefined;
} & ({ kind: DoctorKind } | { kind: "problem"; problem: Problem });

export const found = (kind: DoctorKind, values: Finding["values"] = {}, command?: string): Finding => ({
  kind,
  values,
  command,
});

/** @param command instead of the one that the page tells. */
export const foundProblem = (problem: Problem, command?: string): Finding => ({
  kind: "problem",
  problem,
  values: problem.values,
  command,
});
