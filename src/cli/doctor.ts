import { examine } from "@/doctor/examine.ts";
import { exitCodeOf, toLines, toText } from "@/doctor/report.ts";
import { systemClock } from "@/lib/clock.ts";
import type { Command } from "./command.ts";
import { takeLocale } from "./options.ts";

/** What is wrong on this host, why, and the command that helps; reads only. */
export const run: Command = async ({ args, environment, print }) => {
  const { locale, rest } = takeLocale(args);
  const lines = toLines(await examine(environment, systemClock), locale);
  if (rest.includes("--json")) print(JSON.stringify({ findings: lines }, null, 2));
  else for (const line of toText(lines, locale)) print(line);
  return exitCodeOf(lines);
};
