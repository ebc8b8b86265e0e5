import { constants } from "node:os";
import type { Environment } from "@/lib/env-file.ts";
import { messageOf } from "@/lib/errors.ts";
import { childEnvironment } from "./environment.ts";
import { isThreadId, type RunEvent } from "./events.ts";
import { classifyModelFailure } from "./failures.ts";
import { createOutput, type OutputSummary } from "./output.ts";
import type { Preflight } from "./preflight.ts";
import { type ProcessExit, type ProcessOptions, startProcess } from "./process.ts";
import type { Programs } from "./programs.ts";
import type { Redactor } from "./redact.ts";
import {
  type Executor,
  JOB_MARKER,
  type JobToRun,
  type Run,
  type RunOutcome,
  type StartFailure,
  type StopReason,
} from "./run.ts";
import type { HeldWorkdir, Workdirs } from "./workdir.ts";

interface CodexOptions extends Pick<ProcessOptions, "runAs" | "killGraceMs" | "cgroups" | "subreaper" | "clock"> {
  programs: Pick<Programs, "codexBin" | "findCodex">;
  preflight: Pick<Preflight, "jobStarts" | "jobEnded">;
  workdirs: Workdirs;
  environment: Environment;
  passEnv: readonly string[];
  /** Whether a job may run without a sandbox. */
  allowDanger: boolean;
  timeoutMs: number;
  /** A run that writes nothing for this long is ended; 0 for never. */
  stallMs: number;
  /** Whether so little memory is left that the run must end. */
  isMemoryCritical: () => boolean;
  redact: Redactor;
}

/** Runs one task with the Codex CLI, or with any program that ignores its arguments and reads the task from stdin. */
export const createCodexExecutor = (options: CodexOptions): Executor => {
  const { programs, preflight, workdirs, environment, passEnv, timeoutMs, stallMs, isMemoryCritical, clock } = options;

  const begin = (job: JobToRun, codex: string, workdir: HeldWorkdir, onEvent: (event: RunEvent) => void): Run => {
    let reason: StopReason | undefined;
    const stop = (because: StopReason) => {
      if (process.stop()) reason ??= because;
    };
    const output = createOutput({
      redact: options.redact,
      onEvent,
      onThread: (threadId) => process.addMarker(`CODEX_THREAD_ID=${threadId}`),
    });
    let lastOutputAtMs = clock.monotonicMs();
    const process = startProcess({
      ...options,
      argv: [codex, ...argumentsFor(job, workdir.realPath)],
      env: childEnvironment(environment, passEnv),
      cwd: workdir.handle,
      stdin: job.task,
      marker: { name: JOB_MARKER, value: job.jobId },
      onStdout(chunk) {
        lastOutputAtMs = clock.monotonicMs();
        output.onStdout(chunk);
      },
      onStderr(chunk) {
        lastOutputAtMs = clock.monotonicMs();
        output.onStderr(chunk);
      },
      onObserved() {
        if (stallMs > 0 && clock.monotonicMs() - lastOutputAtMs >= stallMs) stop("stalled");
        if (isMemoryCritical()) stop("memory_pressure");
      },
    });
    const cancelTimeout = clock.schedule(timeoutMs, () => stop("timed_out"));
    const ended = process.ended.then((exit): RunOutcome => {
      cancelTimeout();
      return outcomeOf(exit, reason, output.finish());
    });
    ended.then(preflight.jobEnded, () => preflight.jobEnded());
    return { kind: "started", process, stop, ended };
  };

  const tryStart = (job: JobToRun, onEvent: (event: RunEvent) => void): Run | StartFailure => {
    const codex = programs.findCodex();
    if (codex === "") return { kind: "not_available", bin: programs.codexBin };
    // Such a text can be no prompt; the predecessor failed to spawn it too.
    if (job.task.includes("\0")) return { kind: "start_failed", reason: "task contains a NUL character" };
    // Stored by an early version of ours that did not check thread ids.
    if (job.resumeThreadId !== undefined && !isThreadId(job.resumeThreadId)) {
      return { kind: "start_failed", reason: "the conversation to resume has no valid id" };
    }
    // Checked again, as the directory is: both may have changed since the job was submitted.
    if (job.allowDanger && !options.allowDanger) return { kind: "danger_off" };
    const workdir = workdirs.hold(job.cwd);
    if (workdir.kind === "unopened") return { kind: "start_failed", reason: workdir.reason };
    if (workdir.kind === "missing") return { kind: "cwd_missing", cwd: job.cwd };
    if (workdir.kind === "outside") return { kind: "cwd_outside", cwd: job.cwd };
    try {
      return begin(job, codex, workdir, onEvent);
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (isGone) return { kind: "not_available", bin: programs.codexBin };
      return { kind: "start_failed", reason: messageOf(error) };
    } finally {
      workdir.release();
    }
  };

  return {
    start(job, onEvent) {
      preflight.jobStarts();
      const run = tryStart(job, onEvent);
      if (run.kind !== "started") preflight.jobEnded(run);
      return run;
    },
  };
};

/** The task is not among the arguments: `-` asks Codex to read it from stdin. */
const argumentsFor = ({ allowDanger, resumeThreadId }: JobToRun, cwd: string): string[] => [
  ...["exec", "--json", "--skip-git-repo-check", "--cd", cwd, "--sandbox", "workspace-write"],
  ...(allowDanger ? ["--dangerously-bypass-approvals-and-sandbox"] : []),
  ...(resumeThreadId === undefined ? [] : ["resume", resumeThreadId]),
  "-",
];

const outcomeOf = (exit: ProcessExit, stopReason: StopReason | undefined, summary: OutputSummary): RunOutcome => {
  const { resultText, failure: message, ...found } = summary;
  const figures = { ...exit, ...found };
  if (stopReason) return { kind: "stopped", reason: stopReason, figures };
  const number = exitNumber(exit);
  if (number === 0 && message === undefined) {
    return { kind: "succeeded", resultText: resultText || "(empty)", figures };
  }
  const failure = message === undefined ? undefined : classifyModelFailure(message);
  return failure === undefined
    ? { kind: "exited_nonzero", exit: number, resultText, figures }
    : { kind: "model_failed", failure, message: message ?? "", exit: number, resultText, figures };
};

const exitNumber = ({ exitCode, signal }: ProcessExit): number => {
  if (signal === null) return exitCode ?? 0;
  return -(typeof signal === "number" ? signal : constants.signals[signal]);
};
