import { rmdirSync } from "node:fs";
import { constants } from "node:os";
import type { Config } from "@/config.ts";
import type { Environment } from "@/lib/env-file.ts";
import { attempt, messageOf } from "@/lib/errors.ts";
import { isThreadId, type RunEvent } from "./codex/events.ts";
import { classifyFailure } from "./codex/failures.ts";
import type { Preflight } from "./codex/preflight.ts";
import { JOB_MARKER } from "./descendants.ts";
import { childEnvironment } from "./environment.ts";
import { createOutput, NO_RESULT, type OutputSummary } from "./output.ts";
import { type ProcessExit, type ProcessOptions, startProcess } from "./process.ts";
import type { Programs } from "./programs.ts";
import type { Redactor } from "./redact.ts";
import type { Executor, JobToRun, Run, RunOutcome, StartFailure, StopReason } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";
import type { HeldWorkdir, Workdirs } from "./workdir.ts";

type Settings = Pick<
  Config["executor"],
  "passEnv" | "allowDanger" | "timeoutMs" | "stallMs" | "killGraceMs" | "lingerMs"
>;

interface CodexOptions extends Settings, Pick<ProcessOptions, "runAs" | "cgroups" | "subreaper" | "clock"> {
  programs: Pick<Programs, "codexBin" | "findCodex">;
  preflight: Pick<Preflight, "protects" | "jobStarts" | "jobEnded"> & {
    view(): Pick<ReturnType<Preflight["view"]>, "sandbox_works">;
  };
  workdirs: Workdirs;
  sandbox: Pick<Sandbox, "forJob">;
  environment: Environment;
  /** Whether so little memory is left that the run must end. */
  isMemoryCritical: () => boolean;
  redact: Redactor;
}

/** Runs one task with the Codex CLI, or with any program that ignores its arguments and reads the task from stdin. */
export const createCodexExecutor = (options: CodexOptions): Executor => {
  const { programs, preflight, workdirs, sandbox, environment, passEnv, clock } = options;
  const { timeoutMs, stallMs, lingerMs, isMemoryCritical } = options;

  const begin = (
    job: JobToRun,
    argv: readonly [string, ...string[]],
    { placeholders, isReadOnly }: Permissions,
    workdir: HeldWorkdir,
    onEvent: (event: RunEvent) => void,
  ): Run => {
    let reason: StopReason | undefined;
    let hasTurnEnded = false;
    const stop = (because: StopReason) => {
      if (process.stop() && !hasTurnEnded) reason ??= because;
    };
    let cancelLinger = () => {};
    const output = createOutput({
      redact: options.redact,
      onEvent,
      onTurnEnd() {
        if (reason) return;
        hasTurnEnded = true;
        cancelLinger = clock.schedule(lingerMs, process.stop);
      },
      onTurnStart() {
        hasTurnEnded = false;
        cancelLinger();
      },
    });
    let lastOutputAtMs = clock.monotonicMs();
    const process = startProcess({
      ...options,
      argv,
      env: childEnvironment(environment, passEnv),
      cwd: workdir.handle,
      stdin: job.task,
      marker: { name: JOB_MARKER, value: job.jobId },
      onOutput(stream, chunk) {
        lastOutputAtMs = clock.monotonicMs();
        output.append(stream, chunk);
      },
      onObserved() {
        if (stallMs > 0 && clock.monotonicMs() - lastOutputAtMs >= stallMs) stop("stalled");
        if (isMemoryCritical()) stop("memory_pressure");
      },
    });
    if (isReadOnly) onEvent({ type: "warning", text: READ_ONLY });
    const cancelTimeout = clock.schedule(timeoutMs, () => stop("timed_out"));
    const ended = process.ended.then((exit): RunOutcome => {
      cancelTimeout();
      cancelLinger();
      for (const path of placeholders) attempt(() => rmdirSync(path), undefined);
      const { threadId, ...summary } = output.finish();
      // Any program can print the id of another job's thread.
      const isOwn = threadId === undefined || threadId === job.resumeThreadId || !job.isThreadTaken?.(threadId);
      return outcomeOf(exit, reason, { ...summary, threadId: isOwn ? threadId : undefined });
    });
    ended.then(preflight.jobEnded, () => preflight.jobEnded());
    return { kind: "started", process, stop, ended };
  };

  /** undefined if something of ours would stay writable. */
  const permissionsFor = async (cwd: string): Promise<Permissions | undefined> => {
    const permissions = sandbox.forJob(cwd, preflight.view().sandbox_works !== false);
    return permissions?.isNeeded && !(await preflight.protects()) ? undefined : permissions;
  };

  const tryStart = async (job: JobToRun, onEvent: (event: RunEvent) => void): Promise<Run | StartFailure> => {
    const notAvailable = { kind: "not_available", bin: programs.codexBin } as const;
    const startFailed = (reason: string) => ({ kind: "start_failed", reason }) as const;
    const codex = programs.findCodex();
    if (codex === "") return notAvailable;
    // The predecessor failed to spawn such a task too.
    if (job.task.includes("\0")) return startFailed("task contains a NUL character");
    // Stored by an early version of ours that did not check thread ids.
    if (job.resumeThreadId !== undefined && !isThreadId(job.resumeThreadId)) {
      return startFailed("the conversation to resume has no valid id");
    }
    // Checked again, as the directory is: both may have changed since the job was submitted.
    if (job.allowDanger && !options.allowDanger) return { kind: "danger_off" };
    const workdir = workdirs.hold(job.cwd);
    if (workdir.kind === "unopened") return startFailed(workdir.reason);
    if (workdir.kind !== "held") return { kind: `cwd_${workdir.kind}`, cwd: job.cwd };
    try {
      const permissions = job.allowDanger ? UNSANDBOXED : await permissionsFor(workdir.realPath);
      if (!permissions) return { kind: "cwd_unprotected", cwd: job.cwd };
      preflight.jobStarts();
      const argv = [codex, ...argumentsFor(job, workdir.realPath, permissions.arguments)] as const;
      return begin(job, argv, permissions, workdir, onEvent);
    } catch (error) {
      // ENOENT also means a missing interpreter, or no /proc.
      return programs.findCodex() === "" ? notAvailable : startFailed(messageOf(error));
    } finally {
      workdir.release();
    }
  };

  return {
    async start(job, onEvent) {
      const run = await tryStart(job, onEvent);
      if (run.kind !== "started") preflight.jobEnded(run);
      return run;
    },
  };
};

type Permissions = Omit<NonNullable<ReturnType<Sandbox["forJob"]>>, "isNeeded">;

const READ_ONLY =
  "工作目录含有本服务自身的文件，对此任务只读。 The working directory is read-only: it holds this service's own files.";

const UNSANDBOXED: Permissions = {
  arguments: ["--sandbox", "workspace-write", "--dangerously-bypass-approvals-and-sandbox"],
  placeholders: [],
  isReadOnly: false,
};

/** The task is not among the arguments: `-` asks Codex to read it from stdin. */
const argumentsFor = ({ resumeThreadId }: JobToRun, cwd: string, permissions: readonly string[]): string[] => [
  ...["exec", "--json", "--skip-git-repo-check", "--cd", cwd, ...permissions],
  ...(resumeThreadId === undefined ? [] : ["resume", resumeThreadId]),
  "-",
];

const outcomeOf = (process: ProcessExit, stopReason: StopReason | undefined, summary: OutputSummary): RunOutcome => {
  const { resultText, turn, cause, remark, ...found } = summary;
  const { exitCode, signal } = process;
  const figures = { ...process, ...found };
  const message = cause || remark;
  if (stopReason) return { kind: "stopped", reason: stopReason, message, resultText, figures };
  const exit = signal === null ? (exitCode ?? 0) : -(typeof signal === "number" ? signal : constants.signals[signal]);
  const isOutOfMemory = process.isOutOfMemory === true;
  if (!isOutOfMemory && (turn === "completed" || (turn === undefined && exit === 0))) {
    return { kind: "succeeded", resultText: resultText || NO_RESULT, figures };
  }
  const failed = { kind: "failed", resultText, figures } as const;
  // Regardless of the exit code: it may have been killed after the turn.
  if (turn === "failed") return { ...failed, failure: classifyFailure(cause), exit: 1, message };
  if (exit === 0 && !isOutOfMemory) return { ...failed, failure: "executor_incomplete", exit, message };
  const bySignal = turn !== undefined && signal !== null ? `ended by ${signal}` : "";
  const bySystem = isOutOfMemory ? "out of memory: ended by the kernel" : bySignal;
  return {
    ...failed,
    failure: isOutOfMemory ? "memory_pressure" : classifyFailure(cause),
    exit,
    message: bySystem && message ? `${message} (${bySystem})` : message || bySystem,
  };
};
