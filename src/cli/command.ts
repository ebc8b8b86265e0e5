import type { Environment } from "@/lib/env-file.ts";
import type { Locale } from "@/locales/translate.ts";

export interface CommandContext {
  /** Arguments that are not options. */
  args: readonly string[];
  locale: Locale;
  options: { json: boolean; install: boolean; test: boolean };
  environment: Environment;
}

/** @returns the exit code of the process. */
export type Command = (context: CommandContext) => Promise<number>;
