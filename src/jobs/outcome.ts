import type { RunOutcome, StartFailure, StopReason } from "@/executor/run.ts";
import { canceled, type Failure, type Finished, failed, succeeded } from "./state.ts";

export interface RunLimits {
  timeoutMs: number;
  stallMs: number;
}

/** How a run that has ended is stored. */
export const toFinished = (outcome: RunOutcome, at: Date, limits: RunLimits): Finished => {
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
      if (outcome.reason === "canceled") return canceled(at, figures);
      return failed(at, failureOfStop(outcome.reason, limits), figures);
  }
};

const failureOfStop = (reason: Exclude<StopReason, "canceled">, { timeoutMs, stallMs }: RunLimits): Failure => {
  switch (reason) {
    case "timed_out":
      return { code: "executor_timeout", detail: { seconds: timeoutMs / 1000 } };
    case "stalled":
      return { code: "executor_stalled", detail: { seconds: stallMs / 1000 } };
    case "memory_pressure":
      return { code: "memory_pressure" };
    case "shut_down":
      return { code: "interrupted" };
  }
};

/** Why a run did not start. */
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
