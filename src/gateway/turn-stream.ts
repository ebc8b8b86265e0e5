import type { Clock } from "@/lib/clock.ts";
import { classify, MODEL_FAILED, READY, UNEXPECTED, type Verdict } from "./classify.ts";
import { createEventCutter, eventsIn } from "./event-stream.ts";
import { failureOf } from "./outcome.ts";
import { END_MARK, errorIn, failureInWords, ownFailure, roleOf } from "./stream-events.ts";
import { judgeAbort, type StreamFailure, TIMED_OUT, type TurnEnd } from "./turn-end.ts";
import type { TurnGuard } from "./turn-guard.ts";

const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** How long the gateway may take to close a stream whose result it has sent. */
const CLOSING_MS = 5000;
const NOTHING = Buffer.alloc(0);

interface TurnStreamDeps {
  source: ReadableStream<Uint8Array> | null;
  guard: TurnGuard;
  clock: Clock;
  mask(bytes: Buffer): Buffer;
  onEnd(end: TurnEnd, failure?: StreamFailure): void;
}

interface Fragment {
  bytes?: Buffer;
  isLast: boolean;
}

/**
 * Passes the gateway's events on as they become whole. `response.failed` ends the stream even if the gateway keeps the
 * connection open; a stream that ends in any other way than with a result gets a `response.failed` of ours.
 */
export const createTurnStream = ({ source, guard, clock, mask, onEnd }: TurnStreamDeps) => {
  const reader = source?.getReader();
  const cutter = createEventCutter();
  let totalBytes = 0;
  /** Reads the event that named the response; only an end of our own needs it. */
  let begun: () => unknown = () => undefined;
  /** The end, once the model has come to it: only the gateway's closing is still awaited. */
  let result: { end: TurnEnd; failure?: StreamFailure } | undefined;
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

  const finishAs = ({ end, failure }: NonNullable<typeof result>) => finish(end, failure);

  const last = (before: Buffer, after: string): Fragment => ({
    bytes: after === "" ? before : Buffer.concat([before, Buffer.from(after)]),
    isLast: true,
  });

  /** Ends the client's stream in order, whatever the gateway did. */
  const breakOff = (before: Buffer, failure: StreamFailure, verdict: Verdict, message: string): Fragment => {
    finish(failedEnd(verdict, message), failure);
    return last(before, ownFailure({ begun: begun(), clock, code: `gateway_${failure}`, message }));
  };

  const pass = (block: Buffer): Fragment => {
    let start = 0;
    for (const { type, end, data } of eventsIn(block)) {
      switch (roleOf(type)) {
        case "begin":
          begun = data;
          break;
        case "success":
          result = resultOf(data());
          guard.stopIn(CLOSING_MS, "settled");
          break;
        case "failure": {
          const { code, message } = errorIn(data());
          const isCallers = code === "invalid_request_error";
          finish(failedEnd(MODEL_FAILED, `${code}: ${message}`), isCallers ? "callers_fault" : "model");
          return last(block.subarray(0, end), END_MARK);
        }
        case "end_mark":
          if (!result) {
            return breakOff(block.subarray(0, start), "cut", UNEXPECTED, "the stream ended without a result");
          }
          finishAs(result);
          return last(block.subarray(0, end), "");
        case "other":
          break;
      }
      start = end;
    }
    return { bytes: block, isLast: false };
  };

  /** What was thrown by a read, once events have been passed on. */
  const interrupted = (error: unknown): Fragment => {
    if (result) {
      finishAs(result);
      return last(NOTHING, END_MARK);
    }
    const reason = guard.reason();
    if (reason === "caller" || reason === "settled") {
      finish(judgeAbort(200).end);
      return { isLast: true };
    }
    if (reason) return breakOff(NOTHING, "timeout", TIMED_OUT, `the gateway fell silent: ${reason} timeout`);
    const failure = failureOf(error);
    return breakOff(NOTHING, "cut", classify(failure), `the gateway cut the stream: ${failure.message}`);
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
    if (guard.reason() === "total" && !result) {
      finish(judgeAbort(200).end);
      const message = "the answer was not read in time";
      ready.push(last(NOTHING, ownFailure({ begun: begun(), clock, code: "gateway_timeout", message })));
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
        return breakOff(block ?? NOTHING, "too_large", UNEXPECTED, "the gateway's answer is too large");
      }
      if (block) {
        const { bytes, isLast } = pass(block);
        return { ...(bytes && { bytes: mask(bytes) }), isLast };
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
        cancel: () => (result ? finishAs(result) : finish(judgeAbort(200).end)),
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

const failedEnd = (verdict: Verdict, message: string): TurnEnd => ({
  outcome: "failed",
  statusCode: 200,
  verdict,
  message,
});

const resultOf = (data: unknown): { end: TurnEnd; failure?: StreamFailure } => {
  const words = failureInWords(data);
  return words === undefined
    ? { end: { outcome: "completed", statusCode: 200, verdict: READY, message: "" } }
    : { end: failedEnd(MODEL_FAILED, words), failure: "words" };
};
