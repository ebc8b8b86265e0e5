import type { Environment } from "@/env-file.ts";
import { self } from "./self.ts";

/**
 * Becomes the same command without JavaScriptCore's just-in-time compiler, which is switched off by the environment
 * alone and read before any code runs. Returns only when it is off already.
 */
export const leaveOutJit = (environment: Environment): void => {
  if (environment.BUN_JSC_useJIT === "0") return;
  const [, ...script] = self;
  const argv = [process.execPath, ...script, ...process.argv.slice(2)];
  process.execve?.(process.execPath, argv, { ...environment, BUN_JSC_useJIT: "0" });
};
