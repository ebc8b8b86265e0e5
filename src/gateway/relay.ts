import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/clock.ts";
import { AppError } from "@/errors.ts";
import type { Breaker } from "./breaker.ts";
import type { GatewayClient } from "./client.ts";
import { runTurn, type TurnAnswer } from "./turn.ts";
import type { TurnEnd } from "./turn-end.ts";
import type { TurnLimits } from "./turn-guard.ts";
import { createTurnLine } from "./turn-line.ts";
import type { GatewayName, RelayView, TurnView } from "./view.ts";

const BUSY_RETRY_SECONDS = 5;

export interface Gateway {
  client: GatewayClient;
  breaker: Breaker;
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
   * @throws AppError `circuit_open`, `relay_busy`, or what kept the gateway from answering.
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
  const newLine = () => createTurnLine({ maxWaiting, clock });
  const first = { name: "primary" as GatewayName, ...primary, line: newLine() };
  const second = backup && { name: "backup" as GatewayName, ...backup, line: newLine() };
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

  /** Tries the gateways in order and goes to the first whose circuit lets it. */
  const sendInTurn = async (
    { body, headers, traceId, primaryOnly = false }: RelayRequest,
    caller: AbortController,
    leave: () => void,
  ): Promise<TurnAnswer | undefined> => {
    const deadlineMs = clock.monotonicMs() + limits.totalMs;
    const waits: number[] = [];
    for (const { name, client, breaker, line } of primaryOnly ? [first] : gateways) {
      // Whoever would be refused at the end of the line does not stand in it.
      const early = breaker.refusal();
      if (early) {
        waits.push(early.retryAfterSeconds);
        continue;
      }
      const entry = await line.enter({ patienceMs: deadlineMs - clock.monotonicMs(), signal: caller.signal });
      if (entry.kind === "aborted") return undefined;
      if (entry.kind !== "entered") throw new AppError("relay_busy", { retryAfterSeconds: BUSY_RETRY_SECONDS });
      const admission = breaker.admit({ canProve: "turn", traceId });
      if (admission.kind === "refused") {
        entry.release();
        waits.push(admission.retryAfterSeconds);
        continue;
      }
      const startedMs = clock.monotonicMs();
      const onEnd = (end: TurnEnd) => {
        entry.release();
        leave();
        record(traceId, name, startedMs, end);
      };
      const { permit } = admission;
      return runTurn({ client, permit, clock, limits, deadlineMs, controller: caller, onEnd }, { body, headers });
    }
    throw circuitOpen(waits);
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

const circuitOpen = (waits: readonly number[]): AppError =>
  new AppError("circuit_open", { retryAfterSeconds: Math.max(1, Math.min(...waits)) });
