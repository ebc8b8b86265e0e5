import type { Environment } from "@/lib/env-file.ts";

export interface CommandContext {
  /** What follows the command's name. */
  args: readonly string[];
  environment: Environment;
  print(line: string): void;
  complain(line: string): void;
}

/** @returns the exit code of the process. */
export type Command = (context: CommandContext) => Promise<number>;
