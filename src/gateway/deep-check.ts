import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import { bodyOf, messageIn } from "./answer-body.ts";
import { classifyTurn } from "./classify.ts";
import type { GatewayAnswer } from "./outcome.ts";
import type { Relay } from "./relay.ts";
import type { TurnAnswer } from "./turn.ts";
import type { CheckView, RelayView } from "./view.ts";

const MAX_MESSAGE_CHARS = 200;
/** What the relay says when there was no answer to pass on; the turn's own record tells more. */
const FAILED_TURNS = [
  "gateway_unreachable",
  "gateway_timeout",
  "gateway_endpoint_missing",
  "gateway_starting",
  "gateway_unusable_answer",
];

export interface DeepCheck {
  /**
   * Runs one real turn of the model, which costs tokens.
   * @throws AppError when none was sent: `circuit_open`, `relay_busy`.
   */
  run(caller: { traceId: string; signal: AbortSignal }): Promise<CheckView | undefined>;
}

export const createDeepCheck = ({
  relay,
  clock,
  newId,
}: {
  relay: Pick<Relay, "send"> & { view(): Pick<RelayView, "last_turn"> };
  clock: Clock;
  newId: () => string;
}): DeepCheck => ({
  async run({ traceId, signal }) {
    const startedMs = clock.monotonicMs();
    const finished = (result: Pick<CheckView, "status_code" | "error_type" | "detail" | "message">): CheckView => ({
      ok: result.error_type === "",
      checked_at: toTimestamp(clock.now()),
      latency_ms: Math.round(clock.monotonicMs() - startedMs),
      ...result,
    });
    try {
      const body = Buffer.from(JSON.stringify(question(newId())));
      const answer = await relay.send({ body, headers: {}, traceId, signal, primaryOnly: true });
      return answer && finished(resultOf(answer));
    } catch (error) {
      const { last_turn: turn } = relay.view();
      if (!(error instanceof AppError && FAILED_TURNS.includes(error.code)) || !turn) throw error;
      const { status_code, error_type, detail, message } = turn;
      return finished({ status_code, error_type, detail, message });
    }
  },
});

/** The predecessor's question, as somebody the agent has not spoken with: a history would cost more tokens. */
const question = (id: string) => ({
  model: "openclaw:main",
  stream: false,
  user: `check:${id}`,
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "reply with pong only" }] }],
});

/** What was asked for without a stream comes as JSON, or was refused as such before. */
const resultOf = ({ status, headers, body }: TurnAnswer) => {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
  const contentType = headers["content-type"] ?? "";
  const answer: GatewayAnswer = { kind: "answer", status, contentType, retryAfterSeconds: undefined, text };
  const words = bodyOf(answer);
  const { errorType, detail } = classifyTurn(answer, words);
  return {
    status_code: status,
    error_type: errorType,
    detail,
    message: Array.from(messageIn(words)).slice(0, MAX_MESSAGE_CHARS).join(""),
  };
};
