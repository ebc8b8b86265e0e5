import type { RunEvent } from "./codex/events.ts";
import type { RunFailure } from "./codex/failures.ts";
import type { ProcessExit, startProcess } from "./process.ts";

export interface JobToRun {
  jobId: string;
  task: string;
  cwd: string;
  allowDanger: boolean;
  /** The Codex thread to continue. */
  resumeThreadId?: string | undefined;
  /** Whether a Codex thread is another job's. */
  isThreadTaken?: (threadId: string) => boolean;
}

export type StopReason = "canceled" | "timed_out" | "stalled" | "memory_pressure" | "shut_down";

export type StartFailure =
  | { kind: "not_available"; bin: string }
  | { kind: "start_failed"; reason: string }
  | { kind: "cwd_missing" | "cwd_outside" | "cwd_unprotected"; cwd: string }
  | { kind: "danger_off" };

/** What a run cost, and what a later one can continue from, however it ended. */
export interface RunFigures extends ProcessExit {
  threadId: string | undefined;
  usage: Record<string, number> | undefined;
  /** What a command said whose sandbox could not be set up, which Codex itself does not call a failure; "" if none. */
  sandboxFailure: string;
}

/** `message` is what Codex, an MCP server or the system said last; "" if nothing. Both texts are bounded and masked. */
export type RunOutcome = { figures: RunFigures; resultText: string } & (
  | { kind: "succeeded" }
  /** `exit` is the exit code, or minus the signal's number. */
  | { kind: "failed"; failure: RunFailure; exit: number; message: string }
  | { kind: "stopped"; reason: StopReason; message: string }
);

export interface Run {
  kind: "started";
  process: Pick<ReturnType<typeof startProcess>, "pid" | "identity" | "cgroupPath">;
  /** The first reason wins; the run then ends within the grace period and a second. */
  stop(reason: StopReason): void;
  /** Resolves once no process of the job is alive. */
  ended: Promise<RunOutcome>;
}

export interface Executor {
  start(job: JobToRun, onEvent: (event: RunEvent) => void): Promise<Run | StartFailure>;
}
