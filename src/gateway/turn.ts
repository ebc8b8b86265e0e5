import type { Clock } from "@/clock.ts";
import { AppError } from "@/errors.ts";
import type { Permit } from "./breaker.ts";
import { classify, classifyTurn, mediaTypeOf, messageIn, type Verdict } from "./classify.ts";
import { type GatewayClient, type GatewayTurn, retryAfterOf } from "./client.ts";
import { failureOf, type GatewayAnswer } from "./outcome.ts";
import { createTurnGuard, type TurnGuard, type TurnLimits } from "./turn-guard.ts";
import { createTurnStream, type StreamFailure } from "./turn-stream.ts";

/** A JSON answer is held until it is whole, so that a cut one is told as such and not passed on. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
const STARTING_RETRY_SECONDS = 1;
const MAX_MESSAGE_CHARS = 200;
/** Statuses by which a gateway blames the caller, also inside a response object. */
const CALLERS_FAULTS = [400, 413, 422];
/** What of the answer's head is the client's business. */
const PASSED_HEADERS = ["content-type", "retry-after", "x-request-id"];

const NOTHING: Verdict = { errorType: "", detail: "" };
const TIMED_OUT: Verdict = { errorType: "network_or_unreachable", detail: "timeout" };

/** How a turn ended, told once. */
export interface TurnEnd {
  outcome: "completed" | "failed" | "aborted";
  /** 0 when there was no answer. */
  statusCode: number;
  verdict: Verdict;
  message: string;
}

export interface TurnAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

export interface TurnDeps {
  client: GatewayClient;
  permit: Permit;
  clock: Clock;
  limits: TurnLimits;
  /** When the caller's own patience ends, on the monotonic scale; its time in the line is part of it. */
  deadlineMs: number;
  onEnd(end: TurnEnd): void;
}

/**
 * Sends one admitted turn and settles its permit by how it ends, which for a stream is long after this returns.
 * @returns undefined when the caller has gone.
 * @throws AppError when there is nothing to pass on.
 */
export const runTurn = async (
  { client, permit, clock, limits, deadlineMs, onEnd }: TurnDeps,
  { body, headers, signal }: GatewayTurn,
): Promise<TurnAnswer | undefined> => {
  const startedMs = clock.monotonicMs();
  const guard = createTurnGuard({ clock, limits, deadlineMs, callerSignal: signal });
  let ended = false;

  /** The first end is the turn's end. */
  const end = (how: TurnEnd, settle: () => void) => {
    if (ended) return;
    ended = true;
    guard.release();
    settle();
    onEnd(how);
  };

  /** A turn that stood in the line for most of its time proves nothing by running out of it. */
  const isUnfair = () => guard.reason() === "total" && clock.monotonicMs() - startedMs < limits.totalMs / 2;

  const endStream = (how: TurnEnd, failure?: StreamFailure) => {
    const message = client.mask(how.message);
    end({ ...how, message }, () => {
      if (how.outcome === "completed") permit.answered("turn");
      else if (how.outcome === "aborted" || isUnfair()) permit.abandoned();
      else if (failure === undefined || failure === "callers_fault") permit.answered("answer");
      else permit.failed(message, failure === "cut" ? "answer" : "turn");
    });
  };

  /** What was thrown before any of the answer was passed on; undefined when nobody is there to be told. */
  const failedEarly = (error: unknown, statusCode: number): AppError | undefined => {
    const reason = guard.reason();
    if (reason === "caller" || reason === "settled") {
      end({ outcome: "aborted", statusCode, verdict: NOTHING, message: "" }, permit.abandoned);
      return undefined;
    }
    if (reason) {
      const seconds = Math.round((clock.monotonicMs() - startedMs) / 1000);
      const message = `no complete answer after ${seconds} s (${reason} timeout)`;
      const unfair = isUnfair();
      end({ outcome: "failed", statusCode, verdict: TIMED_OUT, message }, () =>
        unfair ? permit.abandoned() : permit.failed(message, "turn"),
      );
      return new AppError("gateway_timeout", { seconds }, { cause: new Error(message) });
    }
    const failure = failureOf(error);
    const verdict = classify(failure);
    const message = client.mask(failure.message);
    end({ outcome: "failed", statusCode, verdict, message }, () => permit.failed(message));
    return new AppError("gateway_unreachable", { reason: verdict.detail }, { cause: new Error(message) });
  };

  const unusable = (answer: GatewayAnswer, reason: string): AppError => {
    const verdict = classifyTurn(answer);
    const message = `HTTP ${answer.status}: ${reason}`;
    const isStarting = verdict.detail === "gateway_starting";
    const isBroken = answer.status >= 500 || answer.status < 300;
    end({ outcome: "failed", statusCode: answer.status, verdict, message }, () =>
      isBroken ? permit.failed(message, isStarting ? "answer" : "turn") : permit.answered("answer"),
    );
    const options = { cause: new Error(`${message}: ${answer.text.slice(0, MAX_MESSAGE_CHARS)}`) };
    if (isStarting) {
      return new AppError(
        "gateway_starting",
        { retryAfterSeconds: answer.retryAfterSeconds ?? STARTING_RETRY_SECONDS },
        options,
      );
    }
    if (verdict.detail === "endpoint_disabled") {
      return new AppError("gateway_endpoint_missing", { status: answer.status }, options);
    }
    return new AppError("gateway_unusable_answer", { status: answer.status, reason }, options);
  };

  /** Settles the turn by its whole JSON answer, which is passed on as it is. */
  const endJson = (answer: GatewayAnswer) => {
    const verdict = classifyTurn(answer);
    const isOk = verdict.errorType === "";
    const message = isOk ? "" : `HTTP ${answer.status}: ${messageIn(answer.text).slice(0, MAX_MESSAGE_CHARS)}`;
    const modelFailed = verdict.detail === "upstream_model_error" && answer.status >= 400;
    const counts = answer.status >= 500 || (modelFailed && !CALLERS_FAULTS.includes(answer.status));
    end({ outcome: isOk ? "completed" : "failed", statusCode: answer.status, verdict, message }, () => {
      if (counts) permit.failed(message, verdict.detail === "draining" ? "answer" : "turn");
      else permit.answered(isOk ? "turn" : "answer");
    });
  };

  let status = 0;
  try {
    const response = await client.open({ body, headers, signal: guard.signal });
    status = response.status;
    const contentType = response.headers.get("content-type") ?? "";
    const mediaType = mediaTypeOf(contentType);
    const isPacked = !["", "identity"].includes(response.headers.get("content-encoding") ?? "");

    if (mediaType === "text/event-stream" && status === 200 && !isPacked) {
      const { maskBytes: mask } = client;
      const stream = createTurnStream({ source: response.body, guard, clock, mask, onEnd: endStream });
      await stream.begin();
      return { status, headers: passedHeaders(response), body: stream.readable };
    }

    const bytes = await readWhole(response, guard);
    const answer: GatewayAnswer = {
      kind: "answer",
      status,
      contentType,
      retryAfterSeconds: retryAfterOf(response.headers.get("retry-after"), clock),
      text: bytes === undefined || isPacked ? "" : client.mask(bytes.toString("utf8")),
    };
    if (bytes === undefined) throw unusable(answer, "larger than 16 MiB");
    if (isPacked) throw unusable(answer, "compressed");
    if (mediaType !== "application/json" || (status >= 300 && status < 400)) {
      throw unusable(answer, mediaType || "no content type");
    }
    if (!isJson(answer.text)) throw unusable(answer, "broken JSON");
    endJson(answer);
    return { status, headers: passedHeaders(response), body: client.maskBytes(bytes) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const failure = failedEarly(error, status);
    if (failure) throw failure;
    return undefined;
  }
};

/** Reads to the end; undefined when that is too far away. */
const readWhole = async (response: Response, guard: TurnGuard): Promise<Buffer<ArrayBuffer> | undefined> => {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (reader) {
    const { done, value } = await guard.read(() => reader.read());
    if (done) break;
    size += value.length;
    if (size > MAX_JSON_BYTES) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
};

const passedHeaders = ({ headers }: Response): Record<string, string> =>
  Object.fromEntries(
    PASSED_HEADERS.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  );

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
