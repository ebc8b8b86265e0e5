import type { RunOutcome, StartFailure, StopReason } from "@/executor/run.ts";
import { canceled, type Failure, type Finished, failed, type JobErrorCode, succeeded } from "./state.ts";

const STOP_CODES: Record<Exclude<StopReason, "canceled">, JobErrorCode> = {
  timed_out: "executor_timeout",
  stalled: "executor_stalled",
  memory_pressure: "memory_pressure",
  shut_down: "interrupted",
};

/** How a run that has ended is stored. */
export const toFinished = (
  outcome: RunOutcome,
  at: Date,
  { timeoutMs, stallMs }: { timeoutMs: number; stallMs: number },
): Finished => {
  const { figures, resultText } = outcome;
  switch (outcome.kind) {
    case "succeeded":
      return succeeded(at, resultText, figures);
    case "failed": {
      const { failure, exit, message } = outcome;
      return failed(at, { code: failure, detail: { exit }, message, resultText }, figures);
    }
    case "stopped": {
      const { reason, message } = outcome;
      if (reason === "canceled") return canceled(at, { message, resultText }, figures);
      const seconds = (reason === "stalled" ? stallMs : timeoutMs) / 1000;
      return failed(at, { code: STOP_CODES[reason], detail: { seconds }, message, resultText }, figures);
    }
  }
};

const START_CODES: Record<StartFailure["kind"], JobErrorCode> = {
  not_available: "executor_not_available",
  start_failed: "executor_start_failed",
  cwd_missing: "invalid_cwd",
  cwd_outside: "workdir_not_allowed",
  danger_off: "permission_deny",
};

/** Why a run did not start. */
export const failureOf = ({ kind, ...detail }: StartFailure): Failure => ({ code: START_CODES[kind], detail });
