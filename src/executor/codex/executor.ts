import { rmdirSync } from "node:fs";
import { constants } from "node:os";
import type { Config } from "@/config.ts";
import type { Environment } from "@/lib/env-file.ts";
import { attempt, messageOf } from "@/lib/errors.ts";
import { JOB_MARKER } from "../descendants.ts";
import { childEnvironment } from "../environment.ts";
import { createOutput, NO_RESULT, type OutputSummary } from "../output.ts";
import { type ProcessExit, type ProcessOptions, startProcess } from "../process.ts";
import type { Programs } from "../programs.ts";
import type { Redactor } from "../redact.ts";
import type { JobToRun, RunOutcome, StartFailure, StopCode } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Workdirs } from "../workdir.ts";
import { isThreadId, type RunEvent } from "./events.ts";
import { classifyFailure } from "./failures.ts";
import type { Preflight } from "./preflight.ts";

interface CodexOptions
  extends Pick<Config["executor"], "passEnv" | "allowDanger" | "timeoutMs" | "stallMs" | "killGraceMs" | "lingerMs">,
    Pick<ProcessOptions, "runAs" | "cgroups" | "subreaper" | "clock"> {
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
export const createCodexExecutor = (options: CodexOptions) => {
  const { programs, preflight, workdirs, sandbox, environment, passEnv, clock } = options;
  const { timeoutMs, stallMs, lingerMs, isMemoryCritical } = options;

  const begin = (
    job: JobToRun,
    argv: readonly [string, ...string[]],
    { placeholders, isReadOnly }: Permissions,
    cwd: string,
    onEvent: (event: RunEvent) => void,
  ) => {
    let stopped: Stop | undefined;
    let hasTurnEnded = false;
    /** The first reason wins; the run then ends within the grace period and a second. */
    const stop = (code: StopCode) => {
      if (!process.stop() || hasTurnEnded) return;
      const seconds = (code === "executor_stalled" ? stallMs : timeoutMs) / 1000;
      stopped ??= { code, detail: code === "canceled_by_user" ? {} : { seconds } };
    };
    let cancelLinger = () => {};
    const output = createOutput({
      redact: options.redact,
      onEvent,
      onTurn(hasEnded) {
        hasTurnEnded = hasEnded;
        cancelLinger();
        if (hasEnded && !stopped) cancelLinger = clock.schedule(lingerMs, process.stop);
      },
    });
    let lastOutputAtMs = clock.monotonicMs();
    const process = startProcess({
      ...options,
      argv,
      env: childEnvironment(environment, passEnv),
      cwd,
      stdin: job.task,
      marker: { name: JOB_MARKER, value: job.jobId },
      onOutput(stream, chunk) {
        lastOutputAtMs = clock.monotonicMs();
        output.append(stream, chunk);
      },
      onObserved() {
        if (stallMs > 0 && clock.monotonicMs() - lastOutputAtMs >= stallMs) stop("executor_stalled");
        if (isMemoryCritical()) stop("memory_pressure");
      },
    });
    if (isReadOnly) onEvent({ type: "warning", text: READ_ONLY });
    const cancelTimeout = clock.schedule(timeoutMs, () => stop("executor_timeout"));
    /** Resolves once no process of the job is alive. */
    const ended = process.ended.then((exit): RunOutcome => {
      cancelTimeout();
      cancelLinger();
      for (const path of placeholders) attempt(() => rmdirSync(path), undefined);
      const { threadId, ...summary } = output.finish();
      // Any program can print the id of another job's thread.
      const isOwn = threadId === undefined || threadId === job.resumeThreadId || !job.isThreadTaken?.(threadId);
      return outcomeOf(exit, stopped, { ...summary, threadId: isOwn ? threadId : undefined });
    });
    ended.then(preflight.jobEnded, () => preflight.jobEnded());
    return { ...process, kind: "started" as const, stop, ended };
  };

  const notStarted = (code: StartFailure["code"], detail: StartFailure["detail"]): StartFailure => {
    const failure = { kind: "not_started", code, detail } as const;
    preflight.jobEnded(failure);
    return failure;
  };
  const notAvailable = () => notStarted("executor_not_available", { bin: programs.codexBin });
  const startFailed = (reason: string) => notStarted("executor_start_failed", { reason });

  const start = async (job: JobToRun, onEvent: (event: RunEvent) => void) => {
    const { cwd } = job;
    const codex = programs.findCodex();
    if (codex === "") return notAvailable();
    // The predecessor failed to spawn such a task too.
    if (job.task.includes("\0")) return startFailed("task contains a NUL character");
    // Stored by an early version of ours that did not check thread ids.
    if (job.resumeThreadId !== undefined && !isThreadId(job.resumeThreadId)) {
      return startFailed("the conversation to resume has no valid id");
    }
    // Checked again, as the directory is: both may have changed since the job was submitted.
    if (job.allowDanger && !options.allowDanger) return notStarted("permission_deny", {});
    const workdir = workdirs.hold(cwd);
    if (workdir.kind === "unopened") return startFailed(workdir.reason);
    if (workdir.kind === "refused") return notStarted(workdir.code, { cwd });
    try {
      const { realPath, handle } = workdir;
      const canHide = preflight.view().sandbox_works !== false;
      const permissions = job.allowDanger ? UNSANDBOXED : sandbox.forJob(realPath, canHide);
      // Something of ours would stay writable.
      if (!permissions || (permissions.isNeeded && !(await preflight.protects()))) {
        return notStarted("workdir_unprotected", { cwd });
      }
      preflight.jobStarts();
      const argv = [codex, ...argumentsFor(job, realPath, permissions.arguments)] as const;
      return begin(job, argv, permissions, handle, onEvent);
    } catch (error) {
      // ENOENT also means a missing interpreter, or no /proc.
      return programs.findCodex() === "" ? notAvailable() : startFailed(messageOf(error));
    } finally {
      workdir.release();
    }
  };

  return { start };
};

export type Executor = ReturnType<typeof createCodexExecutor>;

interface Stop {
  code: StopCode;
  detail: Record<string, number>;
}
type Permissions = NonNullable<ReturnType<Sandbox["forJob"]>>;

const READ_ONLY =
  "工作目录含有本服务自身的文件，对此任务只读。 The working directory is read-only: it holds this service's own files.";

const UNSANDBOXED: Permissions = {
  arguments: ["--sandbox", "workspace-write", "--dangerously-bypass-approvals-and-sandbox"],
  placeholders: [],
  isNeeded: false,
  isReadOnly: false,
};

/** The task is not among the arguments: `-` asks Codex to read it from stdin. */
const argumentsFor = ({ resumeThreadId }: JobToRun, cwd: string, permissions: readonly string[]): string[] => [
  ...["exec", "--json", "--skip-git-repo-check", "--cd", cwd, ...permissions],
  ...(resumeThreadId === undefined ? [] : ["resume", resumeThreadId]),
  "-",
];

const outcomeOf = (process: ProcessExit, stopped: Stop | undefined, summary: OutputSummary): RunOutcome => {
  const { resultText, turn, cause, remark, ...found } = summary;
  const { exitCode, signal, isOutOfMemory = false } = process;
  const figures = { ...process, ...found };
  const message = cause || remark;
  if (stopped) return { kind: "stopped", ...stopped, message, resultText, figures };
  const exit = signal === null ? (exitCode ?? 0) : -(typeof signal === "number" ? signal : constants.signals[signal]);
  if (!isOutOfMemory && (turn === "completed" || (turn === undefined && exit === 0))) {
    return { kind: "succeeded", resultText: resultText || NO_RESULT, figures };
  }
  const failed = { kind: "failed", resultText, figures, detail: { exit } } as const;
  // Regardless of the exit code: it may have been killed after the turn.
  if (turn === "failed") return { ...failed, code: classifyFailure(cause), detail: { exit: 1 }, message };
  if (exit === 0 && !isOutOfMemory) return { ...failed, code: "executor_incomplete", message };
  const bySignal = turn !== undefined && signal !== null ? `ended by ${signal}` : "";
  const bySystem = isOutOfMemory ? "out of memory: ended by the kernel" : bySignal;
  return {
    ...failed,
    code: isOutOfMemory ? "memory_pressure" : classifyFailure(cause),
    message: bySystem && message ? `${message} (${bySystem})` : message || bySystem,
  };
};
