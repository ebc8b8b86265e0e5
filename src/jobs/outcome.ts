import { excerpt, headOf } from "@/executor/excerpt.ts";
import { MAX_RESULT_CHARS, NO_RESULT } from "@/executor/output.ts";
import type { RunOutcome, StartFailure, StopReason } from "@/executor/run.ts";
import type { JournalEntry } from "./journal.ts";
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

/** The end of a job whose run was lost in a crash, with the texts of its journal, which are masked already. */
export const interrupted = (entries: readonly JournalEntry[], at: Date): Finished => {
  const said = entries.filter(({ type }) => type !== "state");
  const textIf = (pick: (entry: JournalEntry) => string | false) =>
    said.reduceRight((found, entry) => found || pick(entry) || "", "");
  const isFirst = said.at(-1)?.type === "retry" ? "retry" : "failure";
  const message = textIf((entry) => {
    if (entry.type === "item") return entry.status === "failed" && entry.text;
    return (entry.type === "failure" || entry.type === isFirst) && "text" in entry && entry.text;
  });
  const written = said.flatMap((entry) => (entry.type === "output" ? [entry.text] : [])).join("\n");
  const answer = textIf((entry) => entry.type === "message" && entry.text.trim());
  const rest = said.some(({ type }) => type !== "output") ? NO_RESULT : written;
  const resultText = excerpt(headOf(answer || rest), MAX_RESULT_CHARS, (text) => text);
  return failed(at, { code: "interrupted", message: message.replace(/\s+/g, " "), resultText });
};

const START_CODES: Record<StartFailure["kind"], JobErrorCode> = {
  not_available: "executor_not_available",
  start_failed: "executor_start_failed",
  cwd_missing: "invalid_cwd",
  cwd_outside: "workdir_not_allowed",
  cwd_unprotected: "workdir_unprotected",
  danger_off: "permission_deny",
};

/** Why a run did not start. */
export const failureOf = ({ kind, ...detail }: StartFailure): Failure => ({ code: START_CODES[kind], detail });
