import { AppError, type ErrorCode } from "@/lib/errors.ts";
import { type AnswerBody, messageIn } from "./answer-body.ts";
import type { Proof } from "./breaker-state.ts";
import { classify, classifyTurn, isTokenRefused, READY, UNAUTHORIZED, type Verdict } from "./classify.ts";
import { failureOf, type GatewayAnswer } from "./outcome.ts";
import type { StopReason } from "./turn-guard.ts";

/** How turns end, judged: what is recorded, what the breaker learns, what the caller is told. Pure. */

const STARTING_RETRY_SECONDS = 1;
const MAX_MESSAGE_CHARS = 200;
/** Statuses by which a gateway blames the caller, also inside a response object. */
const CALLERS_FAULTS = [400, 413, 422];

export const TIMED_OUT: Verdict = { errorType: "network_or_unreachable", detail: "timeout" };

/** What is recorded of a turn. */
export interface TurnEnd {
  outcome: "completed" | "failed" | "aborted";
  /** 0 when there was no answer. */
  statusCode: number;
  verdict: Verdict;
  message: string;
}

/** What a turn teaches the breaker. */
export type Lesson = { kind: "answered" | "failed"; proof: Proof } | { kind: "none" };

export interface JudgedEnd {
  end: TurnEnd;
  lesson: Lesson;
}

/** An end of which the caller is told by an error of ours. */
export interface JudgedFailure extends JudgedEnd {
  error: AppError;
}

const NOTHING_LEARNT: Lesson = { kind: "none" };
const answered = (proof: Proof): Lesson => ({ kind: "answered", proof });
const failed = (proof: Proof): Lesson => ({ kind: "failed", proof });

/** The caller went away, or has all it asked for. A refused token shows in the status alone. */
export const judgeAbort = (statusCode: number): JudgedEnd => ({
  end: { outcome: "aborted", statusCode, verdict: isTokenRefused(statusCode) ? UNAUTHORIZED : READY, message: "" },
  lesson: NOTHING_LEARNT,
});

/** @param isFair whether the gateway had time enough: a turn that stood in the line for most of its time proves nothing. */
export const judgeTimeout = (
  reason: StopReason,
  { statusCode, elapsedMs, isFair }: { statusCode: number; elapsedMs: number; isFair: boolean },
): JudgedFailure => {
  const seconds = Math.round(elapsedMs / 1000);
  const message = `no complete answer after ${seconds} s (${reason} timeout)`;
  return {
    end: { outcome: "failed", statusCode, verdict: TIMED_OUT, message },
    lesson: isFair ? failed("turn") : NOTHING_LEARNT,
    error: new AppError("gateway_timeout", { seconds }, { cause: new Error(message) }),
  };
};

/** @param thrown by fetch or a read, before any of the answer was passed on. */
export const judgeBreak = (thrown: unknown, statusCode: number): JudgedFailure => {
  const failure = failureOf(thrown);
  const verdict = classify(failure);
  return {
    end: { outcome: "failed", statusCode, verdict, message: failure.message },
    lesson: failed("answer"),
    error: new AppError("gateway_unreachable", { reason: verdict.detail }, { cause: new Error(failure.message) }),
  };
};

/** An answer that no client of the gateway could use. */
export const judgeUnusable = (answer: GatewayAnswer, reason: string): JudgedFailure => {
  const verdict = classifyTurn(answer);
  const message = `HTTP ${answer.status}: ${reason}`;
  const isBroken = answer.status >= 500 || answer.status < 300;
  const isStarting = verdict.detail === "gateway_starting";
  const cause = new Error(`${message}: ${answer.text.slice(0, MAX_MESSAGE_CHARS)}`);
  const told = (code: ErrorCode, detail: Record<string, string | number>) => new AppError(code, detail, { cause });
  const error = () => {
    if (isStarting) {
      return told("gateway_starting", { retryAfterSeconds: answer.retryAfterSeconds ?? STARTING_RETRY_SECONDS });
    }
    if (verdict.detail === "endpoint_disabled") return told("gateway_endpoint_missing", { status: answer.status });
    return told("gateway_unusable_answer", { status: answer.status, reason });
  };
  return {
    end: { outcome: "failed", statusCode: answer.status, verdict, message },
    lesson: isBroken ? failed(isStarting ? "answer" : "turn") : answered("answer"),
    error: error(),
  };
};

/** A whole JSON answer, which is passed on as it is. */
export const judgeJson = (answer: GatewayAnswer, body: AnswerBody): JudgedEnd => {
  const verdict = classifyTurn(answer, body);
  if (verdict.errorType === "") {
    const end: TurnEnd = { outcome: "completed", statusCode: answer.status, verdict, message: "" };
    return { end, lesson: answered("turn") };
  }
  const message = `HTTP ${answer.status}: ${messageIn(body).slice(0, MAX_MESSAGE_CHARS)}`;
  const modelFailed = verdict.detail === "upstream_model_error" && answer.status >= 400;
  const counts = answer.status >= 500 || (modelFailed && !CALLERS_FAULTS.includes(answer.status));
  return {
    end: { outcome: "failed", statusCode: answer.status, verdict, message },
    lesson: counts ? failed(verdict.detail === "draining" ? "answer" : "turn") : answered("answer"),
  };
};

/** Why a stream failed. `words`: the model's failure under the name of an answer, a mere guess. */
export type StreamFailure = "model" | "words" | "callers_fault" | "cut" | "timeout" | "too_large";

/** A stream that got as far as its first event. */
export const judgeStream = (end: TurnEnd, failure: StreamFailure | undefined, isFair: boolean): JudgedEnd => {
  const lesson = (): Lesson => {
    if (end.outcome === "completed") return answered("turn");
    if (end.outcome === "aborted" || (failure === "timeout" && !isFair)) return NOTHING_LEARNT;
    if (failure === "words" || failure === "callers_fault") return answered("answer");
    return failed(failure === "cut" ? "answer" : "turn");
  };
  return { end, lesson: lesson() };
};
