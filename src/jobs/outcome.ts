import type { RunFigures, RunOutcome, StartFailure, StopReason } from "@/executor/run.ts";
import { canceled, type Failure, type Finished, failed, succeeded } from "./state.ts";

interface Limits {
  timeoutMs: number;
  stallMs: number;
}

/** How a run that has ended is recorded. */
export const endOf = (outcome: RunOutcome, at: Date, limits: Limits): Finished => {
  const { figures } = outcome;
  switch (outcome.kind) {
    case "succeeded":
      return succeeded(at, outcome.resultText, figures);
    case "exited_nonzero": {
      const { exit, resultText } = outcome;
      return failed(at, { code: "executor_nonzero_exit", detail: { exit }, resultText }, figures);
    }
    case "model_failed": {
      const { failure, exit, message, resultText } = outcome;
      return failed(at, { code: failure, detail: { exit, message }, resultText }, figures);
    }
    case "stopped":
      return endAfterStop(outcome.reason, at, figures, limits);
  }
};

const endAfterStop = (reason: StopReason, at: Date, figures: RunFigures, { timeoutMs, stallMs }: Limits): Finished => {
  switch (reason) {
    case "canceled":
      return canceled(at, figures);
    case "timed_out":
      return failed(at, { code: "executor_timeout", detail: { seconds: timeoutMs / 1000 } }, figures);
    case "stalled":
      return failed(at, { code: "executor_stalled", detail: { seconds: stallMs / 1000 } }, figures);
    case "memory_pressure":
      return failed(at, { code: "memory_pressure" }, figures);
    case "shut_down":
      return failed(at, { code: "interrupted" }, figures);
  }
};

/** Why a run never began. */
export const failureOf = (failure: StartFailure): Failure => {
  switch (failure.kind) {
    case "not_available":
      return { code: "executor_not_available", detail: { bin: failure.bin } };
    case "start_failed":
      return { code: "executor_start_failed", detail: { reason: failure.reason } };
    case "cwd_missing":
      return { code: "invalid_cwd", detail: { cwd: failure.cwd } };
    case "cwd_outside":
      return { code: "workdir_not_allowed", detail: { cwd: failure.cwd } };
    case "danger_off":
      return { code: "permission_deny" };
  }
};
