import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Breaker } from "./breaker.ts";
import type { GatewayClient } from "./client.ts";
import type { TokenCare } from "./token-care.ts";
import { runTurn, type TurnAnswer } from "./turn.ts";
import { createTurnDoor, type TurnRefusal, toError } from "./turn-door.ts";
import type { TurnEnd } from "./turn-end.ts";
import type { TurnLimits } from "./turn-guard.ts";
import { createTurnLine } from "./turn-line.ts";
import type { GatewayName, RelayView, TurnView } from "./view.ts";

const BUSY_RETRY_SECONDS = 5;

export interface Gateway {
  client: GatewayClient;
  breaker: Breaker;
  tokenCare: TokenCare;
}

export interface RelayRequest {
  /** JSON, passed on untouched. */
  body: Uint8Array<ArrayBuffer>;
  headers: Readonly<Record<string, string>>;
  traceId: string;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
  /** A check of one gateway is not to be answered by the other. */
  primaryOnly?: boolean;
}

export interface Relay {
  /**
   * One turn, as soon as those before it have ended.
   * @returns undefined when the caller has gone.
   * @throws AppError `circuit_open`, `gateway_token_refused`, `relay_busy`, or what kept the gateway from answering.
   */
  send(request: RelayRequest): Promise<TurnAnswer | undefined>;
  view(): RelayView;
  /** Ends the turns under way and those waiting. */
  stop(): void;
}

export interface RelayDeps {
  primary: Gateway;
  /** Tried while the first is not. */
  backup?: Gateway | undefined;
  limits: TurnLimits;
  maxWaiting: number;
  audit: Audit;
  clock: Clock;
}

/** The safe way through: one turn at a time to each gateway, behind its breaker, with an end to every wait. */
export const createRelay = ({ primary, backup, limits, maxWaiting, audit, clock }: RelayDeps): Relay => {
  const withLine = (name: GatewayName, gateway: Gateway) => ({
    name,
    ...gateway,
    door: createTurnDoor(gateway),
    line: createTurnLine({ maxWaiting, clock }),
  });
  const first = withLine("primary", primary);
  const second = backup && withLine("backup", backup);
  const gateways = second ? [first, second] : [first];
  const callers = new Set<AbortController>();
  let lastTurn: TurnView | null = null;

  const record = (traceId: string, gateway: GatewayName, startedMs: number, end: TurnEnd): void => {
    const { outcome, statusCode, verdict, message } = end;
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    // A caller that went away says nothing of the gateway.
    if (outcome !== "aborted") {
      lastTurn = {
        ended_at: toTimestamp(clock.now()),
        outcome,
        gateway,
        status_code: statusCode,
        error_type: verdict.errorType,
        detail: verdict.detail,
        message,
        duration_ms: durationMs,
      };
    }
    audit.record({
      traceId,
      category: "gateway",
      type: "relay",
      status: outcome,
      errorCode: verdict.detail,
      error: message,
      denied: false,
      reason: `turn_${outcome}`,
      params: { gateway, status_code: statusCode, duration_ms: durationMs },
    });
  };

  /** Tries the gateways in order and goes to the first whose door is open. */
  const sendInTurn = async (
    { body, headers, traceId, primaryOnly = false }: RelayRequest,
    caller: AbortController,
    leave: () => void,
  ): Promise<TurnAnswer | undefined> => {
    const deadlineMs = clock.monotonicMs() + limits.totalMs;
    const refusals: TurnRefusal[] = [];
    for (const { name, client, tokenCare, door, line } of primaryOnly ? [first] : gateways) {
      // Whoever would be refused at the end of the line does not stand in it.
      const early = door.refusal();
      if (early) {
        refusals.push(early);
        continue;
      }
      const patienceMs = deadlineMs - clock.monotonicMs();
      const entry = await line.enter({ bytes: body.length, patienceMs, signal: caller.signal });
      if (entry.kind === "aborted") return undefined;
      if (entry.kind !== "entered") throw new AppError("relay_busy", { retryAfterSeconds: BUSY_RETRY_SECONDS });
      // While it stood there, the turn before it may have failed.
      const admission = door.admit(traceId);
      if (admission.kind === "refused") {
        entry.release();
        refusals.push(admission);
        continue;
      }
      const startedMs = clock.monotonicMs();
      const onEnd = (end: TurnEnd) => {
        entry.release();
        leave();
        if (end.statusCode !== 0) tokenCare.learn(end.verdict.errorType);
        record(traceId, name, startedMs, end);
      };
      const { permit } = admission;
      return runTurn({ client, permit, clock, limits, deadlineMs, controller: caller, onEnd }, { body, headers });
    }
    throw toError(refusals);
  };

  return {
    async send(request) {
      const caller = new AbortController();
      const onAbort = () => caller.abort();
      const leave = () => {
        callers.delete(caller);
        request.signal.removeEventListener("abort", onAbort);
      };
      callers.add(caller);
      request.signal.addEventListener("abort", onAbort);
      if (request.signal.aborted) onAbort();
      try {
        const answer = await sendInTurn(request, caller, leave);
        if (answer === undefined) leave();
        return answer;
      } catch (error) {
        leave();
        throw error;
      }
    },
    view: () => ({
      busy: gateways.some(({ line }) => line.view().busy),
      waiting: gateways.reduce((sum, { line }) => sum + line.view().waiting, 0),
      max_waiting: maxWaiting,
      last_turn: lastTurn,
      backup_breaker: backup?.breaker.view() ?? null,
    }),
    stop() {
      for (const caller of callers) caller.abort();
    },
  };
};
