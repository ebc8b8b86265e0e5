import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError, type ErrorCode } from "@/lib/errors.ts";
import { bodyOf, messageIn } from "./answer.ts";
import { toResult } from "./classify.ts";
import type { Relay } from "./relay/relay.ts";
import type { RelayRequest } from "./relay/turn.ts";
import type { CheckView, GatewayResult } from "./view.ts";

/** With any other error of the relay a turn was sent, and its record says how it failed. */
const NOT_SENT: readonly ErrorCode[] = ["circuit_open", "gateway_token_refused", "relay_busy"];

type Caller = Pick<RelayRequest, "traceId" | "signal" | "isForced">;

/** Runs one real turn of the model, which costs tokens; throws an AppError when none was sent. */
export const createDeepCheck =
  ({ relay, clock }: { relay: Pick<Relay, "send" | "view">; clock: Clock }) =>
  async (caller: Caller): Promise<CheckView | undefined> => {
    const startedMs = clock.monotonicMs();
    const result = await sendTurn(relay, caller).catch((error): GatewayResult => {
      const { last_turn: turn } = relay.view();
      if (!(error instanceof AppError) || NOT_SENT.includes(error.code) || !turn) throw error;
      return toResult(turn.status_code, turn.detail, turn.message);
    });
    const latency_ms = Math.round(clock.monotonicMs() - startedMs);
    return result && { ok: result.detail === "", checked_at: toTimestamp(clock.now()), latency_ms, ...result };
  };

export type DeepCheck = ReturnType<typeof createDeepCheck>;

const sendTurn = async (relay: Pick<Relay, "send">, caller: Caller): Promise<GatewayResult | undefined> => {
  const sent = Buffer.from(JSON.stringify(question()));
  const turn = await relay.send({ ...caller, body: sent, headers: new Headers(), primaryOnly: true });
  if (!turn) return undefined;
  const { status, headers, outcome } = turn;
  const body = bodyOf(headers["content-type"] ?? "", await new Response(turn.body).text());
  // Without an outcome it is a stream, which was not requested.
  return toResult(status, outcome?.detail ?? "unexpected_answer", messageIn(body));
};

/** The predecessor's question, from a user without a history, which would cost more tokens. */
const question = () => ({
  model: "openclaw:main",
  stream: false,
  user: `check:${crypto.randomUUID()}`,
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "reply with pong only" }] }],
});
