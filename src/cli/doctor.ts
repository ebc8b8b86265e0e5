import { styleText } from "node:util";
import { examine } from "@/doctor/examine.ts";
import { text } from "@/doctor/finding.ts";
import { exitCodeOf, toLines, toText } from "@/doctor/report.ts";
import { systemClock } from "@/lib/clock.ts";
import type { Command } from "./command.ts";
import { createSteps } from "./steps.ts";

const COLOURS = { fail: "red", warn: "yellow", note: "cyan", ok: "green" } as const;

/** Prints what is wrong on this host, why, and the command that fixes it; changes nothing. */
export const runDoctor: Command = async ({ options, locale, environment }) => {
  const step = createSteps(systemClock);
  const findings = await examine(environment, systemClock, (name, check) => step(text(locale, `step.${name}`), check));
  const lines = toLines(findings, locale);
  if (options.json) console.log(JSON.stringify({ findings: lines }, null, 2));
  // On a terminal, unless NO_COLOR is set.
  else for (const line of toText(lines, locale, (state, words) => styleText(COLOURS[state], words))) console.log(line);
  return exitCodeOf(lines);
};
