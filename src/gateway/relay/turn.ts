import type { Config } from "@/config.ts";
import type { Clock } from "@/lib/clock.ts";
import { nextTurn } from "@/lib/turns.ts";
import { type GatewayAnswer, mediaTypeOf } from "../answer.ts";
import { classifyAnswer, classifyInterruption, type StopReason, type TurnOutcome } from "../classify.ts";
import type { GatewayClient } from "../client.ts";
import { createTurnStream } from "./turn-stream.ts";

/** A JSON answer is held until it is whole, so that one cut short is not passed on. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** The request headers passed on: neither the client's token nor permissions of its own. */
const TO_GATEWAY = /^(?:accept|x-openclaw-(?:agent|agent-id|session-key|message-channel|account-id))$/;
const TO_CLIENT = /^(?:content-type|retry-after|x-request-id)$/;

/** How much of an answer is handled before other requests: 2,000 of the shortest events, 10 ms. */
const SLICE_BYTES = 16 * 1024;
/** What a header may hold to be passed on, either way. */
const PLAIN_VALUE = /^[\x20-\x7e]{0,1024}$/;
/** A response with these cannot be made, or has no body. */
const isUsableStatus = (status: number) => status >= 200 && status <= 599 && ![204, 205, 304].includes(status);

export interface RelayRequest {
  traceId: string;
  /** JSON, passed on unchanged. */
  body: Uint8Array<ArrayBuffer>;
  headers: Headers;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
  /** A check of one gateway must not be answered by the other. */
  primaryOnly?: boolean;
  /** A check by hand does not wait for the countdown of an open circuit. */
  isForced?: boolean;
}

export interface TurnAnswer {
  /** Known at once but for streams. */
  outcome?: TurnOutcome;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

export interface TurnDeps {
  client: GatewayClient;
  clock: Clock;
  timeouts: Timeouts;
  /** A stream calls it long after the answer was returned. Only the first call counts. */
  settle(outcome: TurnOutcome): void;
}

/** Sends one admitted turn. @returns undefined when the caller went away. */
export const runTurn = async (deps: TurnDeps, request: RelayRequest) => {
  const { client, timeouts, settle } = deps;
  let head: GatewayAnswer | undefined;

  const exchange = async (): Promise<TurnAnswer> => {
    const sent = pick(request.headers, TO_GATEWAY, client.mask);
    const response = await client.open(request.body, sent, timeouts.signal);
    const { status } = response;
    head = client.answerOf(response, "");
    const headers = pick(response.headers, TO_CLIENT, client.mask);
    const mediaType = mediaTypeOf(headers["content-type"] ?? "");
    // Compressed against the request: neither we nor the client could read it.
    const isCompressed = !["", "identity"].includes(response.headers.get("content-encoding") ?? "");
    const chunks = timeouts.chunks(response);
    if (mediaType === "text/event-stream" && status === 200 && !isCompressed) {
      return { status, headers, body: await createTurnStream(deps, chunks) };
    }
    const { answer, bytes, isWhole } = await client.readAnswer(response, chunks, MAX_JSON_BYTES);
    const isJson = mediaType === "application/json" && (status < 300 || status >= 400);
    const faults: [applies: boolean, name: string][] = [
      [!isUsableStatus(status), "no status of an answer with a body"],
      [!isWhole, "larger than 16 MiB"],
      [isCompressed, "compressed"],
      [!isJson, mediaType || "no content type"],
      [!answer.body, "no JSON object"],
    ];
    const outcome = classifyAnswer(answer, faults.find(([applies]) => applies)?.[1]);
    return { outcome, status, headers, body: bytes };
  };

  const answer = await exchange().catch((thrown) => ({ outcome: classifyInterruption(thrown, head, timeouts) }));
  if (answer.outcome) settle(answer.outcome);
  if (answer.outcome?.error) throw answer.outcome.error;
  return "body" in answer ? answer : undefined;
};

interface TimeoutsDeps {
  clock: Clock;
  limits: Config["relay"];
  /** The end of the total timeout, which includes the time in the queue, on the monotonic scale. */
  deadlineMs: number;
  caller: AbortSignal;
}

/** The three timeouts of a turn and the caller's signal as one signal; the first reason counts. */
export const createTimeouts = ({ clock, limits, deadlineMs, caller }: TimeoutsDeps) => {
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const signal = AbortSignal.any([caller, controller.signal]);
  const after = (ms: number, why: StopReason) => clock.schedule(ms, () => controller.abort(why));
  const cancels = [after(deadlineMs - startedMs, "total")];
  let cancelRead = after(limits.firstByteMs, "first_byte");

  return {
    signal,
    stop: () => controller.abort("caller"),
    stopIn: (ms: number) => void cancels.push(after(ms, "caller")),
    elapsedMs: () => Math.round(clock.monotonicMs() - startedMs),
    reason(): StopReason | undefined {
      if (!signal.aborted) return undefined;
      return signal.reason === controller.signal.reason || signal.reason === "stopping" ? signal.reason : "caller";
    },
    /** The chunks of a body. Only waiting for the gateway counts as a stall, not waiting for a slow client. */
    async *chunks({ body }: Response) {
      for await (const chunk of body ?? []) {
        cancelRead();
        for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
          signal.throwIfAborted();
          yield chunk.subarray(at, at + SLICE_BYTES);
          // fetch hands over all that has arrived, which may be megabytes of events.
          if (chunk.length > SLICE_BYTES) await nextTurn();
        }
        signal.throwIfAborted();
        cancelRead = after(limits.stallMs, "stall");
      }
    },
    release(): void {
      for (const cancel of [...cancels, cancelRead]) cancel();
    },
  };
};

type Timeouts = ReturnType<typeof createTimeouts>;

const pick = (headers: Headers, names: RegExp, mask: (text: string) => string): Record<string, string> => {
  const picked = [...headers].filter(([name, value]) => names.test(name) && PLAIN_VALUE.test(value));
  return Object.fromEntries(picked.map(([name, value]) => [name, mask(value)]));
};
