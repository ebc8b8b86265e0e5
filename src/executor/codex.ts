import { constants } from "node:os";
import type { Clock } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { messageOf } from "@/lib/errors.ts";
import type { Cgroups } from "./cgroup.ts";
import { isThreadId } from "./codex-events.ts";
import { childEnvironment } from "./environment.ts";
import { classifyModelFailure } from "./model-failure.ts";
import type { Orphans } from "./orphans.ts";
import { createOutput, type OutputSummary } from "./output.ts";
import { type ProcessExit, startProcess } from "./process.ts";
import type { Programs } from "./programs.ts";
import type { Redactor } from "./redact.ts";
import { type Executor, JOB_MARKER, type JobToRun, type Run, type RunOutcome, type StopReason } from "./run.ts";
import type { RunAs } from "./run-as.ts";
import type { RunEvent } from "./run-event.ts";
import type { HeldWorkdir, Workdirs } from "./workdir.ts";

interface CodexOptions {
  programs: Pick<Programs, "codexBin" | "findCodex">;
  workdirs: Workdirs;
  environment: Environment;
  passEnv: readonly string[];
  runAs: RunAs;
  /** Whether a job may run without a sandbox. */
  allowDanger: boolean;
  timeoutMs: number;
  /** A run that writes nothing for this long is ended; 0 for never. */
  stallMs: number;
  killGraceMs: number;
  /** Whether so little memory is left that the run should make room. */
  isMemoryCritical: () => boolean;
  redact: Redactor;
  cgroups: Cgroups;
  orphans: Orphans;
  clock: Clock;
}

/** Runs one task with the Codex CLI, or with any program that ignores its arguments and reads the task from stdin. */
export const createCodexExecutor = (options: CodexOptions): Executor => {
  const { programs, workdirs, environment, passEnv, runAs, allowDanger, timeoutMs, stallMs, killGraceMs } = options;
  const { isMemoryCritical, redact, cgroups, orphans, clock } = options;

  const begin = (job: JobToRun, codex: string, workdir: HeldWorkdir, onEvent: (event: RunEvent) => void): Run => {
    let reason: StopReason | undefined;
    const stop = (because: StopReason) => {
      if (process.stop()) reason ??= because;
    };

    const output = createOutput({
      redact,
      onEvent,
      onThread: (threadId) => process.addMarker(`CODEX_THREAD_ID=${threadId}`),
    });
    let lastOutputAtMs = clock.monotonicMs();
    const alive =
      (take: (chunk: Uint8Array) => void) =>
      (chunk: Uint8Array): void => {
        lastOutputAtMs = clock.monotonicMs();
        take(chunk);
      };
    const process = startProcess({
      argv: [codex, ...argumentsFor(job, workdir.realPath)],
      env: childEnvironment(environment, passEnv),
      cwd: workdir.handle,
      runAs,
      stdin: job.task,
      marker: { name: JOB_MARKER, value: job.jobId },
      onStdout: alive(output.onStdout),
      onStderr: alive(output.onStderr),
      onObserved() {
        if (stallMs > 0 && clock.monotonicMs() - lastOutputAtMs >= stallMs) stop("stalled");
        if (isMemoryCritical()) stop("memory_pressure");
      },
      killGraceMs,
      cgroups,
      orphans,
      clock,
    });
    const cancelTimeout = clock.schedule(timeoutMs, () => stop("timed_out"));
    const ended = process.ended.then((exit): RunOutcome => {
      cancelTimeout();
      return outcomeOf(exit, reason, output.finish());
    });
    return { kind: "started", process, stop, ended };
  };

  return {
    start(job, onEvent) {
      const codex = programs.findCodex();
      if (codex === "") return { kind: "not_available", bin: programs.codexBin };
      // A text with a NUL is no command line and no prompt; the predecessor failed to spawn it too.
      if (job.task.includes("\0")) return { kind: "start_failed", reason: "task contains a NUL character" };
      // Written by a version of ours that took whatever a program said.
      if (job.resumeThreadId !== undefined && !isThreadId(job.resumeThreadId)) {
        return { kind: "start_failed", reason: "the conversation to resume has no valid id" };
      }
      // Asked again here, as for the directory: the service may have been restarted with another word since.
      if (job.allowDanger && !allowDanger) return { kind: "danger_off" };
      // Checked again here: the directory may have been swapped since the job was submitted.
      const workdir = workdirs.hold(job.cwd);
      if (workdir.kind === "unopened") return { kind: "start_failed", reason: workdir.reason };
      if (workdir.kind === "missing") return { kind: "cwd_missing", cwd: job.cwd };
      if (workdir.kind === "outside") return { kind: "cwd_outside", cwd: job.cwd };
      try {
        return begin(job, codex, workdir, onEvent);
      } catch (error) {
        const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
        return isGone
          ? { kind: "not_available", bin: programs.codexBin }
          : { kind: "start_failed", reason: messageOf(error) };
      } finally {
        workdir.release();
      }
    },
  };
};

/** The task is not among the arguments: it goes by stdin, which `-` asks Codex to read. */
const argumentsFor = ({ allowDanger, resumeThreadId }: JobToRun, cwd: string): string[] => [
  "exec",
  "--json",
  "--skip-git-repo-check",
  "--cd",
  cwd,
  "--sandbox",
  "workspace-write",
  ...(allowDanger ? ["--dangerously-bypass-approvals-and-sandbox"] : []),
  ...(resumeThreadId === undefined ? [] : ["resume", resumeThreadId]),
  "-",
];

const outcomeOf = (
  exit: ProcessExit,
  stopReason: StopReason | undefined,
  { resultText, threadId, usage, failure, sandboxFailed }: OutputSummary,
): RunOutcome => {
  const figures = { ...exit, threadId, usage, sandboxFailed };
  if (stopReason) return { kind: "stopped", reason: stopReason, figures };
  const number = exitNumber(exit);
  if (number === 0 && failure === undefined) {
    return { kind: "succeeded", resultText: resultText || "(empty)", figures };
  }
  const modelFailure = failure === undefined ? undefined : classifyModelFailure(failure);
  return modelFailure === undefined
    ? { kind: "exited_nonzero", exit: number, resultText, figures }
    : { kind: "model_failed", failure: modelFailure, message: failure ?? "", exit: number, resultText, figures };
};

const exitNumber = ({ exitCode, signal }: ProcessExit): number => {
  if (signal === null) return exitCode ?? 0;
  return -(typeof signal === "number" ? signal : constants.signals[signal]);
};
