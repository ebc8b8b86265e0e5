import type { Clock } from "@/lib/clock.ts";
import { noCgroups } from "./cgroup.ts";
import { type Orphans, withoutTaking } from "./orphans.ts";
import { startProcess } from "./process.ts";
import type { RunAs } from "./run-as.ts";

const MAX_OUTPUT_CHARS = 4096;

interface CommandOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  runAs?: RunAs;
  timeoutMs: number;
  orphans: Orphans;
  clock: Clock;
}

/**
 * Runs a short command to its end.
 * @returns its exit code (null when it did not start, was killed or took too long) and the beginning of its output.
 */
export const runCommand = async ({ argv, env, runAs, timeoutMs, orphans, clock }: CommandOptions) => {
  const decoder = new TextDecoder();
  let output = "";
  const take = (chunk: Uint8Array) => {
    if (output.length < MAX_OUTPUT_CHARS) output += decoder.decode(chunk, { stream: true });
  };
  try {
    const process = startProcess({
      argv,
      env,
      runAs,
      stdin: "",
      marker: { name: "OPENCLAW_CHECK_ID", value: crypto.randomUUID() },
      onStdout: take,
      onStderr: take,
      killGraceMs: 0,
      cgroups: noCgroups,
      orphans: withoutTaking(orphans),
      clock,
    });
    const cancelTimeout = clock.schedule(timeoutMs, process.stop);
    const { exitCode } = await process.ended;
    cancelTimeout();
    return { exitCode, output: output.slice(0, MAX_OUTPUT_CHARS).trim() };
  } catch {
    return { exitCode: null, output: "" };
  }
};
