import type { Environment } from "@/env-file.ts";
import { self } from "./self.ts";

/**
 * Becomes the same command without JavaScriptCore's just-in-time compiler, which is switched off by the environment
 * alone and read before any code runs. Returns only when it is off already.
 */
export const leaveOutJit = (environment: Environment): void => {
  if (environment.BUN_JSC_useJIT === "0") return;
  const [program = ""] = self;
  process.execve?.(program, [...self, ...process.argv.slice(2)], { ...environment, BUN_JSC_useJIT: "0" });
};
