import type { Environment } from "@/lib/env-file.ts";
import type { Locale } from "@/locales/locale.ts";

export interface CommandContext {
  /** Arguments that are not options. */
  args: readonly string[];
  locale: Locale;
  options: { json: boolean; install: boolean };
  environment: Environment;
  print(line: string): void;
  printError(line: string): void;
}

/** @returns the exit code of the process. */
export type Command = (context: CommandContext) => Promise<number>;
