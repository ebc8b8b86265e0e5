import { AppError } from "@/lib/errors.ts";
import { type GatewayAnswer, messageIn } from "./answer.ts";
import type { BreakerSignal } from "./breaker.ts";
import { classifyTurn, failureOf, isTokenRefused } from "./classify.ts";
import type { ProbeDetail, TurnView } from "./view.ts";

/** How a turn ended: what is recorded, what the breaker is told, what the caller gets. Pure. */

const STARTING_RETRY_SECONDS = 1;
const MAX_MESSAGE_CHARS = 200;
/** Statuses that blame the caller, also with a response object. */
const CALLER_FAULTS = [400, 413, 422];

/** `settled`: the result is known, but the gateway has not closed the connection. */
export type StopReason = "caller" | "total" | "first_byte" | "stall" | "settled";

export interface TurnOutcome {
  outcome: TurnView["outcome"];
  /** 0 without an answer. */
  statusCode: number;
  detail: ProbeDetail;
  message: string;
  signal: BreakerSignal;
  /** The caller's answer when the gateway's cannot be passed on. */
  error?: AppError;
}

const NONE: BreakerSignal = { kind: "none" };
const success = (scope: "answer" | "turn"): BreakerSignal => ({ kind: "success", scope });
const failure = (scope: "answer" | "turn"): BreakerSignal => ({ kind: "failure", scope });

export const completed = (statusCode: number): TurnOutcome => ({
  outcome: "completed",
  statusCode,
  detail: "",
  message: "",
  signal: success("turn"),
});

/** The caller went away. A refused token shows in the status alone. */
export const aborted = (statusCode: number): TurnOutcome => ({
  outcome: "aborted",
  statusCode,
  detail: isTokenRefused(statusCode) ? "unauthorized" : "",
  message: "",
  signal: NONE,
});

interface Interruption {
  stopReason: StopReason | undefined;
  statusCode: number;
  elapsedMs: number;
}

/** Classifies what fetch or a read threw before any of the answer was passed on. */
export const classifyInterruption = (
  thrown: unknown,
  { stopReason, statusCode, elapsedMs }: Interruption,
): TurnOutcome => {
  if (stopReason === "caller" || stopReason === "settled") return aborted(statusCode);
  if (stopReason) {
    const seconds = Math.round(elapsedMs / 1000);
    const message = `no complete answer after ${seconds} s (${stopReason} timeout)`;
    return {
      outcome: "failed",
      statusCode,
      detail: "timeout",
      message,
      signal: failure("turn"),
      error: new AppError("gateway_timeout", { seconds }, { cause: new Error(message) }),
    };
  }
  const { detail, message } = failureOf(thrown);
  const error = new AppError("gateway_unreachable", { reason: detail }, { cause: new Error(message) });
  return { outcome: "failed", statusCode, detail, message, signal: failure("answer"), error };
};

/** An answer that no client could use: too large, compressed, a redirect, not JSON. */
export const classifyUnusable = (answer: GatewayAnswer, reason: string): TurnOutcome => {
  const { status, text, retryAfterSeconds = STARTING_RETRY_SECONDS } = answer;
  const detail = classifyTurn(answer);
  const message = `HTTP ${status}: ${reason}`;
  const isStarting = detail === "gateway_starting";
  const isGatewayFault = status >= 500 || status < 300;
  const cause = new Error(`${message}: ${text.slice(0, MAX_MESSAGE_CHARS)}`);
  const toError = () => {
    if (isStarting) return new AppError("gateway_starting", { retryAfterSeconds }, { cause });
    if (detail === "endpoint_disabled") return new AppError("gateway_endpoint_missing", { status }, { cause });
    return new AppError("gateway_unusable_answer", { status, reason }, { cause });
  };
  return {
    outcome: "failed",
    statusCode: status,
    detail,
    message,
    signal: isGatewayFault ? failure(isStarting ? "answer" : "turn") : success("answer"),
    error: toError(),
  };
};

/** A whole JSON answer, which is passed on unchanged. */
export const classifyJson = (answer: GatewayAnswer): TurnOutcome => {
  const { status, body } = answer;
  const detail = classifyTurn(answer);
  if (detail === "") return completed(status);
  const isModelFault = detail === "upstream_model_error" && status >= 400 && !CALLER_FAULTS.includes(status);
  const isFailure = status >= 500 || isModelFault;
  return {
    outcome: "failed",
    statusCode: status,
    detail,
    message: `HTTP ${status}: ${messageIn(body).slice(0, MAX_MESSAGE_CHARS)}`,
    signal: isFailure ? failure(detail === "draining" ? "answer" : "turn") : success("answer"),
  };
};

/** How a stream failed after its first event, with the breaker's signal. `text`: a failure sent as the model's text. */
const streamSignals = {
  model: failure("turn"),
  text: success("answer"),
  caller: success("answer"),
  cut: failure("answer"),
  timeout: failure("turn"),
  too_large: failure("turn"),
} as const;
export type StreamFailure = keyof typeof streamSignals;

export const failedStream = (kind: StreamFailure, detail: ProbeDetail, message: string): TurnOutcome => ({
  outcome: "failed",
  statusCode: 200,
  detail,
  message,
  signal: streamSignals[kind],
});
