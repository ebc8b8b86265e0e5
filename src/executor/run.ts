import type { RunFailure } from "./codex/failures.ts";
import type { ProcessExit } from "./process.ts";

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

export type StopCode = "canceled_by_user" | "executor_timeout" | "executor_stalled" | "memory_pressure" | "interrupted";

/** Its code, and those below, are those of job records; `detail` fills the placeholders of the code's text. */
export interface StartFailure {
  kind: "not_started";
  code:
    | "executor_not_available"
    | "executor_start_failed"
    | "invalid_cwd"
    | "workdir_not_allowed"
    | "workdir_unprotected"
    | "permission_deny";
  detail: Record<string, string>;
}

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
  | { kind: "failed" | "stopped"; code: RunFailure | StopCode; detail: Record<string, number>; message: string }
);
