import { constants } from "node:os";
import type { Clock } from "@/clock.ts";
import type { Environment } from "@/env-file.ts";
import { messageOf } from "@/errors.ts";
import { createBoundedText, excerpt, headOf, join } from "./bounded-text.ts";
import { createCodexEventReader } from "./codex-events.ts";
import { childEnvironment } from "./environment.ts";
import { type ProcessExit, type RunningProcess, startProcess } from "./process.ts";
import type { Programs } from "./programs.ts";
import type { Redactor } from "./redact.ts";
import type { Workdirs } from "./workdir.ts";

/** Contract A7: the most that a job keeps of its output, in code points. */
const MAX_RESULT_CHARS = 12_000;
/** What masking may look at beyond the cut. */
const MASK_MARGIN_CHARS = 4_000;

/** Every process of a job carries this in its environment. */
export const JOB_MARKER = "OPENCLAW_JOB_ID";

export interface JobToRun {
  jobId: string;
  task: string;
  cwd: string;
  allowDanger: boolean;
}

export type StopReason = "canceled" | "timed_out" | "shut_down";

export type StartFailure =
  | { kind: "not_available"; bin: string }
  | { kind: "start_failed"; reason: string }
  | { kind: "cwd_missing"; cwd: string }
  | { kind: "cwd_outside"; cwd: string };

export type RunOutcome = { threadId: string | undefined; usage: Record<string, number> | undefined } & (
  | { kind: "succeeded"; resultText: string }
  /** `exit` is the exit code, or minus the signal's number. */
  | { kind: "exited_nonzero"; exit: number; resultText: string }
  | { kind: "stopped"; reason: StopReason }
);

export interface Run {
  kind: "started";
  process: Pick<RunningProcess, "pid" | "identity">;
  /** The first reason wins; the run then ends within the grace period and a second. */
  stop(reason: StopReason): void;
  /** Resolves once no process of the job is alive. */
  ended: Promise<RunOutcome>;
}

export interface Executor {
  start(job: JobToRun): Run | StartFailure;
}

interface CodexOptions {
  programs: Programs;
  workdirs: Workdirs;
  environment: Environment;
  passEnv: readonly string[];
  timeoutMs: number;
  killGraceMs: number;
  redact: Redactor;
  clock: Clock;
}

/** Runs one task with the Codex CLI, or with any program that ignores its arguments and reads the task from stdin. */
export const createCodexExecutor = (options: CodexOptions): Executor => {
  const { programs, workdirs, environment, passEnv, timeoutMs, killGraceMs, redact, clock } = options;

  const begin = (job: JobToRun, codex: string, cwd: string): Run => {
    const output = createOutput();
    const process = startProcess({
      argv: [codex, ...argumentsFor(cwd, job.allowDanger)],
      env: childEnvironment(environment, passEnv),
      stdin: job.task,
      marker: { name: JOB_MARKER, value: job.jobId },
      onStdout: output.onStdout,
      onStderr: output.onStderr,
      killGraceMs,
      clock,
    });
    output.onThread((threadId) => process.addMarker(`CODEX_THREAD_ID=${threadId}`));

    let reason: StopReason | undefined;
    const stop = (because: StopReason) => {
      reason ??= because;
      process.stop();
    };
    const cancelTimeout = clock.schedule(timeoutMs, () => stop("timed_out"));
    const ended = process.ended.then((exit): RunOutcome => {
      cancelTimeout();
      return outcomeOf(exit, reason, output, redact);
    });
    return { kind: "started", process, stop, ended };
  };

  return {
    start(job) {
      const codex = programs.findCodex();
      if (codex === "") return { kind: "not_available", bin: programs.codexBin };
      // A text with a NUL is no command line and no prompt; the predecessor failed to spawn it too.
      if (job.task.includes("\0")) return { kind: "start_failed", reason: "task contains a NUL character" };
      // Checked again here: the directory may have been swapped since the job was submitted.
      const workdir = workdirs.check(job.cwd);
      if (workdir.kind === "missing") return { kind: "cwd_missing", cwd: job.cwd };
      if (workdir.kind === "outside") return { kind: "cwd_outside", cwd: job.cwd };
      try {
        return begin(job, codex, workdir.realPath);
      } catch (error) {
        const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
        return isGone
          ? { kind: "not_available", bin: programs.codexBin }
          : { kind: "start_failed", reason: messageOf(error) };
      }
    },
  };
};

/** The task is not among the arguments: it goes by stdin, which `-` asks Codex to read. */
const argumentsFor = (cwd: string, allowDanger: boolean): string[] => [
  "exec",
  "--json",
  "--skip-git-repo-check",
  "--cd",
  cwd,
  "--sandbox",
  "workspace-write",
  ...(allowDanger ? ["--dangerously-bypass-approvals-and-sandbox"] : []),
  "-",
];

const createOutput = () => {
  const stdout = createBoundedText(MAX_RESULT_CHARS + MASK_MARGIN_CHARS);
  const stderr = createBoundedText(MAX_RESULT_CHARS + MASK_MARGIN_CHARS);
  let onThread = (_threadId: string) => {};
  const events = createCodexEventReader({ onThread: (threadId) => onThread(threadId) });
  return {
    onThread(listener: (threadId: string) => void) {
      onThread = listener;
    },
    onStdout(chunk: Uint8Array) {
      stdout.append(chunk);
      events.append(chunk);
    },
    onStderr: stderr.append,
    finish: () => ({ run: events.finish(), plain: join(stdout.read(), stderr.read()) }),
  };
};

/** Contract A7 and B15: Codex's final message when there is one, else everything the program wrote. */
const outcomeOf = (
  { exitCode, signal }: ProcessExit,
  stopReason: StopReason | undefined,
  output: ReturnType<typeof createOutput>,
  redact: Redactor,
): RunOutcome => {
  const { run, plain } = output.finish();
  const { threadId, usage } = run;
  if (stopReason) return { kind: "stopped", reason: stopReason, threadId, usage };
  const text = run.finalMessage === undefined ? plain : headOf(run.finalMessage);
  const resultText = excerpt(text, MAX_RESULT_CHARS, redact);
  if (exitCode === 0 && run.failure === undefined) {
    return { kind: "succeeded", resultText: resultText || "(empty)", threadId, usage };
  }
  return { kind: "exited_nonzero", exit: exitNumber(exitCode, signal), resultText, threadId, usage };
};

const exitNumber = (exitCode: number | null, signal: ProcessExit["signal"]): number => {
  if (signal === null) return exitCode ?? 0;
  return -(typeof signal === "number" ? signal : constants.signals[signal]);
};
