import type { Config } from "@/config.ts";
import type { Clock } from "@/lib/clock.ts";
import { mediaTypeOf } from "./answer.ts";
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
  limits: Config["relay"];
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
  request: TurnRequest,
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

  const exchange = async (): Promise<{ outcome?: TurnOutcome; answer?: TurnAnswer }> => {
    const sent = { body: request.body, headers: pick(request.headers, TO_GATEWAY), signal: timeouts.signal };
    const response = await client.open(sent);
    const { status } = response;
    statusCode = status;
    const headers = pick(response.headers, TO_CLIENT);
    const mediaType = mediaTypeOf(headers["content-type"] ?? "");
    // Compressed although we asked for none: neither we nor the client could read it.
    const isCompressed = !["", "identity"].includes(response.headers.get("content-encoding") ?? "");
    const chunks = timeouts.chunks(response);
    if (mediaType === "text/event-stream" && status === 200 && !isCompressed) {
      const stream = await createTurnStream({ chunks, timeouts, clock, mask: client.maskBytes, settle });
      return { answer: { status, headers, body: stream } };
    }
    const { answer, bytes, isWhole } = await client.readAnswer(response, MAX_JSON_BYTES, chunks);
    const isJson = mediaType === "application/json" && (status < 300 || status >= 400);
    const faults: [applies: boolean, name: string][] = [
      [!isWhole, "larger than 16 MiB"],
      [isCompressed, "compressed"],
      [!isJson, mediaType || "no content type"],
      [!answer.body, "no JSON object"],
    ];
    const outcome = classifyAnswer(answer, faults.find(([applies]) => applies)?.[1]);
    return { outcome, answer: { status, headers, body: bytes } };
  };

  const { outcome, answer } = await exchange().catch((thrown) => {
    const outcome = classifyInterruption(thrown, { reason: timeouts.reason(), statusCode, elapsedMs: elapsedMs() });
    return { outcome, answer: undefined };
  });
  if (outcome) settle(outcome);
  if (outcome?.error) throw outcome.error;
  return answer;
};

/** The three timeouts of a turn and the caller's signal as one signal; the first reason counts. */
const createTimeouts = ({ clock, limits, deadlineMs, caller }: Omit<TurnDeps, "client" | "onEnd">) => {
  const controller = new AbortController();
  const signal = AbortSignal.any([caller, controller.signal]);
  const after = (ms: number, why: StopReason) => clock.schedule(ms, () => controller.abort(why));
  const cancels = [after(deadlineMs - clock.monotonicMs(), "total")];
  let cancelRead = after(limits.firstByteMs, "first_byte");

  return {
    signal,
    stop: () => controller.abort("caller"),
    stopIn: (ms: number) => void cancels.push(after(ms, "caller")),
    reason(): StopReason | undefined {
      if (!signal.aborted) return undefined;
      return signal.reason === controller.signal.reason ? signal.reason : "caller";
    },
    /** The chunks of a body. Only waiting for the gateway counts as a stall, not waiting for a slow client. */
    async *chunks({ body }: Response) {
      for await (const chunk of body ?? []) {
        cancelRead();
        signal.throwIfAborted();
        yield chunk;
        cancelRead = after(limits.stallMs, "stall");
      }
    },
    release(): void {
      for (const cancel of [...cancels, cancelRead]) cancel();
    },
  };
};

export type Timeouts = ReturnType<typeof createTimeouts>;

const pick = (headers: Headers, names: readonly string[]): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => names.includes(name)));
