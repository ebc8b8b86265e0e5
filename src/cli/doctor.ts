import { examine } from "@/doctor/examine.ts";
import { exitCodeOf, toLines, toText } from "@/doctor/report.ts";
import { systemClock } from "@/lib/clock.ts";
import type { Command } from "./command.ts";

/** Prints what is wrong on this host, why, and the command that fixes it; changes nothing. */
export const runDoctor: Command = async ({ options, locale, environment }) => {
  const lines = toLines(await examine(environment, systemClock), locale);
  if (options.json) console.log(JSON.stringify({ findings: lines }, null, 2));
  else for (const line of toText(lines, locale)) console.log(line);
  return exitCodeOf(lines);
};
