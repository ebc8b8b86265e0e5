import type { Clock } from "@/lib/clock.ts";
import { mediaTypeOf, readBody, retryAfterOf, toAnswer } from "./answer.ts";
import { classifyAnswer, classifyInterruption, type StopReason, type TurnOutcome } from "./classify.ts";
import type { GatewayClient } from "./client.ts";
import { createTurnStream } from "./turn-stream.ts";

/** A JSON answer is held until it is whole, so that one cut short is not passed on. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** The request headers passed on: neither the client's token nor permissions of its own. */
const TO_GATEWAY = [
  "accept",
  "x-openclaw-agent-id",
  "x-openclaw-agent",
  "x-openclaw-session-key",
  "x-openclaw-message-channel",
  "x-openclaw-account-id",
];
const TO_CLIENT = ["content-type", "retry-after", "x-request-id"];

export interface TurnLimits {
  totalMs: number;
  firstByteMs: number;
  stallMs: number;
}

export interface TurnRequest {
  /** JSON, passed on unchanged. */
  body: Uint8Array<ArrayBuffer>;
  /** Of the client's request. */
  headers: Headers;
}

export interface TurnAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

interface TurnDeps {
  client: GatewayClient;
  clock: Clock;
  limits: TurnLimits;
  /** The end of the total timeout, which includes the time in the queue, on the monotonic scale. */
  deadlineMs: number;
  /** Aborted when the caller goes away. */
  caller: AbortSignal;
  /** Called once, which for a stream is long after the answer was returned. */
  onEnd(outcome: TurnOutcome): void;
}

/**
 * Sends one admitted turn.
 * @returns undefined when the caller went away.
 * @throws AppError when there is nothing to pass on.
 */
export const runTurn = async (
  { client, onEnd, ...deps }: TurnDeps,
  { body, headers }: TurnRequest,
): Promise<TurnAnswer | undefined> => {
  const { clock, limits } = deps;
  const timeouts = createTimeouts(deps);
  const startedMs = clock.monotonicMs();
  const elapsedMs = () => clock.monotonicMs() - startedMs;
  let statusCode = 0;
  let isSettled = false;

  const settle = (outcome: TurnOutcome) => {
    if (isSettled) return;
    isSettled = true;
    timeouts.release();
    // A turn that spent most of its time in the queue shows nothing about the gateway by timing out.
    const isLate = timeouts.reason() === "total" && elapsedMs() < limits.totalMs / 2;
    const signal = isLate && outcome.detail === "timeout" ? ({ kind: "none" } as const) : outcome.signal;
    onEnd({ ...outcome, signal, message: client.mask(outcome.message) });
  };

  const exchange = async (): Promise<TurnOutcome | TurnAnswer> => {
    const response = await client.open({ body, headers: pick(headers, TO_GATEWAY), signal: timeouts.signal });
    const { status } = response;
    statusCode = status;
    const passedHeaders = pick(response.headers, TO_CLIENT);
    const contentType = passedHeaders["content-type"] ?? "";
    const mediaType = mediaTypeOf(contentType);
    // Compressed although we asked for none: neither we nor the client could read it.
    const isCompressed = !["", "identity"].includes(response.headers.get("content-encoding") ?? "");
    if (mediaType === "text/event-stream" && status === 200 && !isCompressed) {
      const source = response.body;
      const stream = await createTurnStream({ source, timeouts, clock, mask: client.maskBytes, settle });
      return { status, headers: passedHeaders, body: stream };
    }
    const { bytes, isWhole } = await readBody(response, MAX_JSON_BYTES, timeouts.read);
    const masked = client.maskBytes(bytes);
    const text = isWhole && !isCompressed ? masked.toString("utf8") : "";
    const answer = toAnswer({ status, contentType, text }, retryAfterOf(response, clock));
    if (!isWhole) return classifyAnswer(answer, "larger than 16 MiB");
    if (isCompressed) return classifyAnswer(answer, "compressed");
    if (mediaType !== "application/json" || (status >= 300 && status < 400)) {
      return classifyAnswer(answer, mediaType || "no content type");
    }
    if (!answer.body) return classifyAnswer(answer, "no JSON object");
    settle(classifyAnswer(answer));
    return { status, headers: passedHeaders, body: masked };
  };

  const ended = await exchange().catch((thrown) =>
    classifyInterruption(thrown, { reason: timeouts.reason(), statusCode, elapsedMs: elapsedMs() }),
  );
  if (!("outcome" in ended)) return ended;
  settle(ended);
  if (ended.error) throw ended.error;
  return undefined;
};

/** The three timeouts of a turn and the caller's signal as one signal; the first reason counts. */
const createTimeouts = ({ clock, limits, deadlineMs, caller }: Omit<TurnDeps, "client" | "onEnd">) => {
  const controller = new AbortController();
  const { signal } = controller;
  let reason: StopReason | undefined;
  let hasFirstByte = false;

  const stop = (why: StopReason): void => {
    reason ??= why;
    controller.abort();
  };
  const onCallerAbort = () => stop("caller");
  caller.addEventListener("abort", onCallerAbort);
  if (caller.aborted) onCallerAbort();
  const after = (ms: number, why: StopReason) => clock.schedule(ms, () => stop(why));
  const cancels = [after(deadlineMs - clock.monotonicMs(), "total")];
  let cancelRead = after(limits.firstByteMs, "first_byte");

  return {
    signal,
    stop,
    stopIn: (ms: number, why: StopReason): void => void cancels.push(after(ms, why)),
    reason: (): StopReason | undefined => reason,
    /** Reads one chunk. Only waiting for the gateway counts as a stall, not waiting for a slow client. */
    async read<Chunk>(next: () => Promise<Chunk>): Promise<Chunk> {
      if (hasFirstByte) cancelRead = after(limits.stallMs, "stall");
      try {
        const chunk = await next();
        signal.throwIfAborted();
        hasFirstByte = true;
        return chunk;
      } finally {
        cancelRead();
      }
    },
    release(): void {
      for (const cancel of [...cancels, cancelRead]) cancel();
      caller.removeEventListener("abort", onCallerAbort);
    },
  };
};

export type Timeouts = ReturnType<typeof createTimeouts>;

const pick = (headers: Headers, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : [])));
