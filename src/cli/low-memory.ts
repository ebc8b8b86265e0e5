import type { Environment } from "@/lib/env-file.ts";
import { self } from "./self.ts";

/**
 * Nothing is compiled, the heap grows in small steps, and code that is not running goes with each collection. Without
 * the compiler as such (`BUN_JSC_useJIT=0`) a quarter of a mebibyte more would be saved, and `bun:ffi` not be there:
 * systemd would never hear that the service is ready, and a job's orphans would go to init.
 */
const ENGINE: Environment = {
  BUN_JSC_useBaselineJIT: "0",
  BUN_JSC_forceMiniVMMode: "1",
  BUN_JSC_forceCodeBlockToJettisonDueToOldAge: "1",
};

/**
 * Becomes the same command with JavaScriptCore set for little memory, which is done by the environment alone and read
 * before any code runs. Returns only when it is set already.
 */
export const saveMemory = (environment: Environment): void => {
  if (Object.entries(ENGINE).every(([name, value]) => environment[name] === value)) return;
  const [, ...script] = self;
  const argv = [process.execPath, ...script, ...process.argv.slice(2)];
  process.execve?.(process.execPath, argv, { ...environment, ...ENGINE });
};
