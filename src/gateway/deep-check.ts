import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError, type ErrorCode } from "@/lib/errors.ts";
import { messageIn, toAnswer } from "./answer.ts";
import { classifyTurn } from "./classify.ts";
import type { Relay, RelayRequest } from "./relay.ts";
import { type CheckView, type GatewayResult, toResult } from "./view.ts";

const MAX_MESSAGE_CHARS = 200;
/** With any other error of the relay a turn was sent, and its record says how it failed. */
const NOT_SENT: readonly ErrorCode[] = ["circuit_open", "gateway_token_refused", "relay_busy"];

interface DeepCheckDeps {
  relay: Pick<Relay, "send" | "view">;
  clock: Clock;
  newId: () => string;
}

export const createDeepCheck = ({ relay, clock, newId }: DeepCheckDeps) => {
  const ask = async (caller: Pick<RelayRequest, "traceId" | "signal">): Promise<GatewayResult | undefined> => {
    const body = Buffer.from(JSON.stringify(question(newId())));
    const turn = await relay.send({ ...caller, body, headers: new Headers(), primaryOnly: true });
    if (!turn) return undefined;
    const { status, headers } = turn;
    const text = await new Response(turn.body).text();
    const answer = toAnswer({ status, contentType: headers["content-type"] ?? "", text });
    const detail = classifyTurn(answer);
    const message = Array.from(messageIn(answer.body)).slice(0, MAX_MESSAGE_CHARS).join("");
    return toResult(status, detail, message);
  };

  const resultOfFailed = (error: unknown): GatewayResult => {
    const { last_turn: turn } = relay.view();
    if (!(error instanceof AppError) || NOT_SENT.includes(error.code) || !turn) throw error;
    return toResult(turn.status_code, turn.detail, turn.message);
  };

  return {
    /**
     * Runs one real turn of the model, which costs tokens.
     * @throws AppError when none was sent.
     */
    async run(caller: Pick<RelayRequest, "traceId" | "signal">): Promise<CheckView | undefined> {
      const startedMs = clock.monotonicMs();
      const result = await ask(caller).catch(resultOfFailed);
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
