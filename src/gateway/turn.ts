import type { Clock } from "@/lib/clock.ts";
import { mediaTypeOf, readBody, retryAfterOf, toAnswer } from "./answer.ts";
import type { Permit } from "./breaker.ts";
import type { GatewayClient } from "./client.ts";
import {
  classifyInterruption,
  classifyJson,
  classifyUnusable,
  type StopReason,
  type TurnOutcome,
} from "./turn-outcome.ts";
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
  permit: Permit;
  clock: Clock;
  limits: TurnLimits;
  /** The end of the total timeout, which includes the time in the queue, on the monotonic scale. */
  deadlineMs: number;
  /** Aborted when the caller goes away. */
  caller: AbortSignal;
  onEnd(outcome: TurnOutcome): void;
}

/**
 * Sends one admitted turn and settles its permit when it ends, which for a stream is long after this returns.
 * @returns undefined when the caller went away.
 * @throws AppError when there is nothing to pass on.
 */
export const runTurn = async (
  { client, permit, clock, limits, deadlineMs, caller, onEnd }: TurnDeps,
  { body, headers }: TurnRequest,
): Promise<TurnAnswer | undefined> => {
  const startedMs = clock.monotonicMs();
  const elapsedMs = () => clock.monotonicMs() - startedMs;
  const timeouts = createTimeouts({ clock, limits, deadlineMs, caller });
  let status = 0;
  let isSettled = false;

  /** The first outcome counts. */
  const settle = (outcome: TurnOutcome) => {
    if (isSettled) return;
    isSettled = true;
    timeouts.release();
    const message = client.mask(outcome.message);
    // After most of its time in the queue, a turn's timeout says nothing about the gateway.
    const isLate = timeouts.reason() === "total" && elapsedMs() < limits.totalMs / 2;
    permit.settle(isLate && outcome.detail === "timeout" ? { kind: "none" } : outcome.signal, message);
    onEnd({ ...outcome, message });
  };

  const exchange = async (): Promise<TurnOutcome | TurnAnswer> => {
    const response = await client.open({ body, headers: pick(headers, TO_GATEWAY), signal: timeouts.signal });
    status = response.status;
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
    const answer = toAnswer({ status, contentType, text, retryAfterSeconds: retryAfterOf(response, clock) });
    const unusable = (reason: string) => classifyUnusable(answer, reason);
    if (!isWhole) return unusable("larger than 16 MiB");
    if (isCompressed) return unusable("compressed");
    if (mediaType !== "application/json" || (status >= 300 && status < 400)) {
      return unusable(mediaType || "no content type");
    }
    if (!answer.body) return unusable("no JSON object");
    settle(classifyJson(answer));
    return { status, headers: passedHeaders, body: masked };
  };

  const ended = await exchange().catch((thrown) =>
    classifyInterruption(thrown, { stopReason: timeouts.reason(), statusCode: status, elapsedMs: elapsedMs() }),
  );
  if (!("outcome" in ended)) return ended;
  settle(ended);
  if (ended.error) throw ended.error;
  return undefined;
};

interface TimeoutDeps {
  clock: Clock;
  limits: TurnLimits;
  deadlineMs: number;
  caller: AbortSignal;
}

/** The three timeouts of a turn and the caller's signal as one signal; the first reason counts. */
const createTimeouts = ({ clock, limits, deadlineMs, caller }: TimeoutDeps) => {
  const controller = new AbortController();
  const signal = AbortSignal.any([caller, controller.signal]);
  let reason: StopReason | undefined;
  let hasFirstByte = false;
  const cancels: (() => void)[] = [];

  const stop = (why: StopReason): void => {
    if (signal.aborted) return;
    reason = why;
    controller.abort();
  };
  const stopIn = (ms: number, why: StopReason): (() => void) => {
    const cancel = clock.schedule(ms, () => stop(why));
    cancels.push(cancel);
    return cancel;
  };
  stopIn(deadlineMs - clock.monotonicMs(), "total");
  const cancelFirstByte = stopIn(limits.firstByteMs, "first_byte");

  return {
    signal,
    stop,
    stopIn,
    reason: (): StopReason | undefined => reason ?? (caller.aborted ? "caller" : undefined),
    /** Reads one chunk. Only waiting for the gateway counts as a stall, not waiting for a slow client. */
    async read<Chunk>(next: () => Promise<Chunk>): Promise<Chunk> {
      const cancelStall = hasFirstByte ? clock.schedule(limits.stallMs, () => stop("stall")) : () => {};
      try {
        const chunk = await next();
        signal.throwIfAborted();
        hasFirstByte = true;
        cancelFirstByte();
        return chunk;
      } finally {
        cancelStall();
      }
    },
    release(): void {
      for (const cancel of cancels) cancel();
    },
  };
};

export type Timeouts = ReturnType<typeof createTimeouts>;

const pick = (headers: Headers, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : [])));
