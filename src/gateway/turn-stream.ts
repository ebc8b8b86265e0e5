import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "@/clock.ts";
import { classify, classifyTurn, messageIn, type Verdict } from "./classify.ts";
import { createEventCutter, eventsIn } from "./event-stream.ts";
import { failureOf } from "./outcome.ts";
import type { TurnEnd } from "./turn.ts";
import type { TurnGuard } from "./turn-guard.ts";

const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** How long the gateway may take to close a stream whose result it has sent. */
const CLOSING_MS = 5000;

const SUCCESSES = ["response.completed", "response.incomplete"];
const FAILURES = ["response.failed", "error"];
const END_MARK = "data: [DONE]\n\n";
const OK: Verdict = { errorType: "", detail: "" };
const MODEL_FAILED: Verdict = { errorType: "unknown", detail: "upstream_model_error" };
const TIMED_OUT: Verdict = { errorType: "network_or_unreachable", detail: "timeout" };
const UNEXPECTED: Verdict = { errorType: "unknown", detail: "unexpected_answer" };

/** Why a stream failed, for those who judge the gateway by it. */
export type StreamFailure = "model" | "callers_fault" | "cut" | "timeout" | "too_large";

interface TurnStreamDeps {
  source: ReadableStream<Uint8Array> | null;
  guard: TurnGuard;
  clock: Clock;
  mask(bytes: Buffer): Buffer;
  onEnd(end: TurnEnd, failure?: StreamFailure): void;
}

type Fragment = { bytes: Buffer | undefined; isLast: boolean };

/**
 * Passes the gateway's events on as they become whole. `response.failed` ends the stream even if the gateway keeps the
 * connection open; a stream that ends in any other way than with a result gets a `response.failed` of ours.
 */
export const createTurnStream = ({ source, guard, clock, mask, onEnd }: TurnStreamDeps) => {
  const reader = source?.getReader();
  const cutter = createEventCutter();
  let totalBytes = 0;
  let begun: z.infer<typeof Created>["response"] | undefined;
  let success: TurnEnd | undefined;
  let isReading = false;
  let isOver = false;
  /** Read before it was asked for. */
  const ready: Fragment[] = [];

  const finish = (end: TurnEnd, failure?: StreamFailure) => {
    if (isOver) return;
    isOver = true;
    onEnd(end, failure);
    // Nobody waits for it: a gateway that does not let go must not hold the caller.
    reader?.cancel().catch(() => {});
    guard.stop("settled");
  };

  const last = (...parts: (Buffer | string)[]): Fragment => ({
    bytes: Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))),
    isLast: true,
  });

  /** Ends the client's stream in order, whatever the gateway did. */
  const breakOff = (before: Buffer, failure: StreamFailure, verdict: Verdict, message: string): Fragment => {
    finish({ outcome: "failed", statusCode: 200, verdict, message }, failure);
    return last(before, failedEvent(begun, clock, `gateway_${failure}`, message), END_MARK);
  };

  const pass = (block: Buffer): Fragment => {
    let start = 0;
    for (const { type, end, data } of eventsIn(block)) {
      if (type === "response.created") {
        begun = Created.safeParse(data()).data?.response;
      } else if (SUCCESSES.includes(type)) {
        success = endOf(data());
        guard.stopIn(CLOSING_MS, "settled");
      } else if (FAILURES.includes(type)) {
        const { code, message } = errorIn(data());
        const isCallers = code === "invalid_request_error";
        const words = `${code}: ${message}`;
        finish(
          { outcome: "failed", statusCode: 200, verdict: MODEL_FAILED, message: words },
          isCallers ? "callers_fault" : "model",
        );
        return last(block.subarray(0, end), END_MARK);
      } else if (type === "[DONE]") {
        if (!success) return breakOff(block.subarray(0, start), "cut", UNEXPECTED, "the stream ended without a result");
        finish(success);
        return last(block.subarray(0, end));
      }
      start = end;
    }
    return { bytes: block, isLast: false };
  };

  /** What was thrown by a read, once events have been passed on. */
  const interrupted = (error: unknown): Fragment => {
    if (success) {
      finish(success);
      return last(END_MARK);
    }
    const nothing = Buffer.alloc(0);
    const reason = guard.reason();
    if (reason === "caller" || reason === "settled") {
      finish({ outcome: "aborted", statusCode: 200, verdict: OK, message: "" });
      return { bytes: undefined, isLast: true };
    }
    if (reason) return breakOff(nothing, "timeout", TIMED_OUT, `the gateway fell silent: ${reason} timeout`);
    const failure = failureOf(error);
    return breakOff(nothing, "cut", classify(failure), `the gateway cut the stream: ${failure.message}`);
  };

  const read = async () => {
    isReading = true;
    try {
      const chunk = await (reader && guard.read(() => reader.read()));
      if (chunk?.value === undefined) throw new StreamEnd();
      return chunk.value;
    } finally {
      isReading = false;
    }
  };

  /** A client that does not read learns of the end when it does; the gateway is let go at once. */
  const onStop = () => {
    if (isReading || isOver) return;
    if (guard.reason() === "total" && !success) {
      finish({ outcome: "aborted", statusCode: 200, verdict: OK, message: "" });
      ready.push(last(failedEvent(begun, clock, "gateway_timeout", "the answer was not read in time"), END_MARK));
    } else {
      ready.push(interrupted(new Error("stopped")));
    }
  };
  guard.signal.addEventListener("abort", onStop, { once: true });

  /** The next events, at least one unless the stream is over. */
  const next = async (): Promise<Fragment> => {
    for (;;) {
      const chunk = await read();
      totalBytes += chunk.length;
      const block = cutter.push(chunk);
      if (cutter.heldBytes() > MAX_EVENT_BYTES || totalBytes > MAX_STREAM_BYTES) {
        return breakOff(block ?? Buffer.alloc(0), "too_large", UNEXPECTED, "the gateway's answer is too large");
      }
      if (block) {
        const { bytes, isLast } = pass(block);
        return { bytes: bytes && mask(bytes), isLast };
      }
    }
  };

  return {
    /**
     * Waits for the first event, so that a stream that fails before it can still be answered with a status.
     * @throws what reading threw.
     */
    async begin(): Promise<void> {
      ready.push(await next());
    },
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const fragment = ready.shift() ?? (await next().catch(interrupted));
          if (fragment.bytes) controller.enqueue(fragment.bytes);
          if (fragment.isLast) controller.close();
        },
        cancel() {
          finish(success ?? { outcome: "aborted", statusCode: 200, verdict: OK, message: "" });
        },
      },
      { highWaterMark: 0 },
    ),
  };
};

/** The connection was closed in order, the stream was not. */
class StreamEnd extends Error {
  readonly code = "ECONNRESET";
  override readonly message = "closed before the end of the answer";
}

const Created = z.object({
  response: z.object({ id: z.string(), model: z.string(), created_at: z.number() }),
});

const Finished = z.object({ response: z.unknown() });

/** 2026.2.9 puts a failure into the words of a completed response. */
const endOf = (data: unknown): TurnEnd => {
  const text = JSON.stringify(Finished.safeParse(data).data?.response) ?? "";
  const answer = {
    kind: "answer",
    status: 200,
    contentType: "application/json",
    retryAfterSeconds: undefined,
  } as const;
  return classifyTurn({ ...answer, text }).detail === "upstream_model_error"
    ? { outcome: "failed", statusCode: 200, verdict: MODEL_FAILED, message: messageIn(text).slice(0, 200) }
    : { outcome: "completed", statusCode: 200, verdict: OK, message: "" };
};

const ErrorBody = z.object({ code: z.string().catch("error"), message: z.string().catch("") });
const Failed = z.union([
  z.object({ response: z.object({ error: ErrorBody }) }).transform(({ response }) => response.error),
  z.object({ error: ErrorBody }).transform(({ error }) => error),
  ErrorBody,
]);

const errorIn = (data: unknown): z.infer<typeof ErrorBody> => {
  const { code, message } = Failed.safeParse(data).data ?? { code: "error", message: "" };
  return { code: code.slice(0, 64), message: message.slice(0, 200) };
};

/** A `response.failed` as the gateway itself would have sent it. */
const failedEvent = (
  begun: z.infer<typeof Created>["response"] | undefined,
  clock: Clock,
  code: string,
  message: string,
): string => {
  const response = {
    id: begun?.id ?? `resp_${randomUUID()}`,
    object: "response",
    created_at: begun?.created_at ?? Math.floor(clock.now().getTime() / 1000),
    status: "failed",
    model: begun?.model ?? "openclaw",
    output: [],
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    error: { code, message },
  };
  return `event: response.failed\ndata: ${JSON.stringify({ type: "response.failed", response })}\n\n`;
};
