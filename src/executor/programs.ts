import { join } from "node:path";
import type { Config } from "@/config.ts";
import { messageOf } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import { noCgroups } from "./cgroup.ts";
import { type ProcessOptions, startProcess } from "./process.ts";
import { noSubreaper } from "./subreaper.ts";
import type { ExecutorView } from "./view.ts";

const MAX_OUTPUT_CHARS = 4096;

type ProgramsOptions = Pick<Config["executor"], "codexBin" | "geminiBin"> & Pick<Config, "environment">;

/** Finds the executors' programs, at each call: installing one needs no restart. */
export const createPrograms = ({ codexBin, geminiBin, environment }: ProgramsOptions) => {
  /** "" when there is none that may be executed. */
  const find = (bin: string): string => Bun.which(bin, { PATH: environment.PATH ?? "" }) ?? "";
  const view = (bin: string, path: string, reason: string): ExecutorView => {
    const available = path !== "";
    return { available, enabled: available && reason === "", bin, path, reason };
  };

  return {
    codexBin,
    findCodex: () => find(codexBin),
    /** The file that the name leads to although it may not be executed; "" if there is none. */
    findBlockedCodex(): string {
      const folders = codexBin.includes("/") ? [""] : (environment.PATH ?? "").split(":");
      return folders.map((folder) => join(folder, codexBin)).find((path) => statsOf(path)?.isFile()) ?? "";
    },
    view: () => ({
      codex: view(codexBin, find(codexBin), ""),
      gemini: view(geminiBin, find(geminiBin), "v1.1_disabled"),
      shell: view("/bin/sh", "/bin/sh", "v1.1_not_enabled"),
    }),
  };
};

export type Programs = ReturnType<typeof createPrograms>;

interface CommandOptions extends Pick<ProcessOptions, "argv" | "env" | "cwd" | "runAs" | "subreaper" | "clock"> {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Runs a short command to its end.
 * @returns its exit code (null when it did not start, was killed or took too long) and the beginning of its output,
 * or, if it wrote nothing, how it ended.
 */
export const runCommand = async ({ timeoutMs, signal, subreaper, clock, ...command }: CommandOptions) => {
  const decoder = new TextDecoder();
  let output = "";
  try {
    signal?.throwIfAborted();
    const process = startProcess({
      ...command,
      stdin: "",
      marker: { name: "OPENCLAW_CHECK_ID", value: crypto.randomUUID() },
      onOutput(_stream, chunk) {
        if (output.length < MAX_OUTPUT_CHARS) output += decoder.decode(chunk, { stream: true });
      },
      killGraceMs: 0,
      cgroups: noCgroups,
      // A job may run beside it, and the orphans are the job's.
      subreaper: { ...noSubreaper, exclude: subreaper.exclude },
      clock,
    });
    let end = "";
    const cancelTimeout = clock.schedule(timeoutMs, () => {
      if (process.stop()) end = `no answer within ${timeoutMs / 1000} s`;
    });
    signal?.addEventListener("abort", process.stop);
    const { exitCode, signal: killedBy } = await process.ended;
    cancelTimeout();
    end ||= killedBy === null ? `exit code ${exitCode}` : `ended by ${killedBy}`;
    return { exitCode, output: output.slice(0, MAX_OUTPUT_CHARS).trim() || end };
  } catch (error) {
    return { exitCode: null, output: messageOf(error) };
  }
};
