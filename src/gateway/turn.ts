import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import { bodyOf } from "./answer-body.ts";
import { headOf, readWhole } from "./answer-reader.ts";
import type { Permit } from "./breaker.ts";
import type { GatewayClient, GatewayTurn } from "./client.ts";
import type { GatewayAnswer } from "./outcome.ts";
import {
  type JudgedEnd,
  type JudgedFailure,
  judgeAbort,
  judgeBreak,
  judgeJson,
  judgeStream,
  judgeTimeout,
  judgeUnusable,
  type StreamFailure,
  type TurnEnd,
} from "./turn-end.ts";
import { createTurnGuard, type TurnLimits } from "./turn-guard.ts";
import { createTurnStream } from "./turn-stream.ts";

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
  /** Aborted when the caller goes away. */
  controller: AbortController;
  onEnd(end: TurnEnd): void;
}

/**
 * Sends one admitted turn and settles its permit by how it ends, which for a stream is long after this returns.
 * @returns undefined when the caller has gone.
 * @throws AppError when there is nothing to pass on.
 */
export const runTurn = async (
  { client, permit, clock, limits, deadlineMs, controller, onEnd }: TurnDeps,
  { body, headers }: Omit<GatewayTurn, "signal">,
): Promise<TurnAnswer | undefined> => {
  const startedMs = clock.monotonicMs();
  const opening = client.open({ body, headers, signal: controller.signal });
  // While the gateway works: its answer waits for none of this.
  const guard = createTurnGuard({ clock, limits, deadlineMs, controller });
  let status = 0;
  let ended = false;

  /** The first end is the turn's end. */
  const settle = ({ end, lesson }: JudgedEnd) => {
    if (ended) return;
    ended = true;
    guard.release();
    const message = client.mask(end.message);
    if (lesson.kind === "none") permit.abandoned();
    else if (lesson.kind === "answered") permit.answered(lesson.proof);
    else permit.failed(message, lesson.proof);
    onEnd({ ...end, message });
  };

  const elapsedMs = () => clock.monotonicMs() - startedMs;
  const isFair = () => guard.reason() !== "total" || elapsedMs() >= limits.totalMs / 2;

  const throwSettled = (judged: JudgedFailure): never => {
    settle(judged);
    throw judged.error;
  };

  const judgeThrown = (thrown: unknown): JudgedEnd | JudgedFailure => {
    const reason = guard.reason();
    if (reason === "caller" || reason === "settled") return judgeAbort(status);
    if (reason) return judgeTimeout(reason, { statusCode: status, elapsedMs: elapsedMs(), isFair: isFair() });
    return judgeBreak(thrown, status);
  };

  const passStream = async (source: Response["body"], passedHeaders: Record<string, string>) => {
    const onStreamEnd = (end: TurnEnd, failure?: StreamFailure) => settle(judgeStream(end, failure, isFair()));
    const stream = createTurnStream({ source, guard, clock, mask: client.maskBytes, onEnd: onStreamEnd });
    await stream.begin();
    return { status, headers: passedHeaders, body: stream.readable };
  };

  try {
    const response = await opening;
    const { contentType, mediaType, isPacked, retryAfterSeconds, passedHeaders } = headOf(response, clock);
    status = response.status;
    if (mediaType === "text/event-stream" && status === 200 && !isPacked) {
      return await passStream(response.body, passedHeaders);
    }
    const read = await readWhole(response, guard);
    const bytes = read && client.maskBytes(read);
    const text = bytes === undefined || isPacked ? "" : bytes.toString("utf8");
    const answer: GatewayAnswer = { kind: "answer", status, contentType, retryAfterSeconds, text };
    if (bytes === undefined) return throwSettled(judgeUnusable(answer, "larger than 16 MiB"));
    if (isPacked) return throwSettled(judgeUnusable(answer, "compressed"));
    if (mediaType !== "application/json" || (status >= 300 && status < 400)) {
      return throwSettled(judgeUnusable(answer, mediaType || "no content type"));
    }
    const json = bodyOf(answer);
    if (json === undefined) return throwSettled(judgeUnusable(answer, "no JSON object"));
    settle(judgeJson(answer, json));
    return { status, headers: passedHeaders, body: bytes };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const judged = judgeThrown(error);
    settle(judged);
    if ("error" in judged) throw judged.error;
    return undefined;
  }
};
