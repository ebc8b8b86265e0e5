import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError, type ErrorCode } from "@/lib/errors.ts";
import { messageIn, toAnswer } from "./answer.ts";
import { classifyTurn, errorTypeOf } from "./classify.ts";
import type { Relay } from "./relay.ts";
import type { CheckView } from "./view.ts";

const MAX_MESSAGE_CHARS = 200;
/** With any other error of the relay a turn was sent, and its record says how it failed. */
const NOT_SENT: readonly ErrorCode[] = ["circuit_open", "gateway_token_refused", "relay_busy"];

type Result = Pick<CheckView, "status_code" | "error_type" | "detail" | "message">;

interface DeepCheckDeps {
  relay: Pick<Relay, "send" | "view">;
  clock: Clock;
  newId: () => string;
}

export const createDeepCheck = ({ relay, clock, newId }: DeepCheckDeps) => {
  const ask = async (traceId: string, signal: AbortSignal): Promise<Result | undefined> => {
    const body = Buffer.from(JSON.stringify(question(newId())));
    const turn = await relay.send({ body, headers: new Headers(), traceId, signal, primaryOnly: true });
    if (!turn) return undefined;
    // A turn without a stream is answered in JSON.
    const text = turn.body instanceof Uint8Array ? new TextDecoder().decode(turn.body) : "";
    const answer = toAnswer({ status: turn.status, contentType: turn.headers["content-type"] ?? "", text });
    const detail = classifyTurn(answer);
    const message = Array.from(messageIn(answer.body)).slice(0, MAX_MESSAGE_CHARS).join("");
    return { status_code: turn.status, error_type: errorTypeOf(detail), detail, message };
  };

  const resultOfFailed = (error: unknown): Result => {
    const { last_turn: turn } = relay.view();
    if (!(error instanceof AppError) || NOT_SENT.includes(error.code) || !turn) throw error;
    const { status_code, error_type, detail, message } = turn;
    return { status_code, error_type, detail, message };
  };

  return {
    /**
     * Runs one real turn of the model, which costs tokens.
     * @throws AppError when none was sent.
     */
    async run({ traceId, signal }: { traceId: string; signal: AbortSignal }): Promise<CheckView | undefined> {
      const startedMs = clock.monotonicMs();
      const result = await ask(traceId, signal).catch(resultOfFailed);
      const latency_ms = Math.round(clock.monotonicMs() - startedMs);
      return result && { ok: result.detail === "", checked_at: toTimestamp(clock.now()), latency_ms, ...result };
    },
  };
};

export type DeepCheck = ReturnType<typeof createDeepCheck>;

/** The predecessor's question, from a user without a history, which would cost more tokens. */
const question = (id: string) => ({
  model: "openclaw:main",
  stream: false,
  user: `check:${id}`,
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "reply with pong only" }] }],
});
