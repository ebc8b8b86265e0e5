import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type AuthCooldown, createQueue, type Queue, refusalOf, toError } from "./admission.ts";
import type { Breaker, Refusal } from "./breaker.ts";
import type { TurnOutcome } from "./classify.ts";
import type { GatewayClient } from "./client.ts";
import { runTurn, type TurnAnswer, type TurnLimits, type TurnRequest } from "./turn.ts";
import { errorTypeOf, type RelayView, type TurnView } from "./view.ts";

export interface Gateway {
  client: GatewayClient;
  breaker: Breaker;
  authCooldown: AuthCooldown;
}

export interface RelayRequest extends TurnRequest {
  traceId: string;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
  /** A check of one gateway must not be answered by the other. */
  primaryOnly?: boolean;
}

interface RelayDeps {
  primary: Gateway;
  /** Used while the primary refuses turns. */
  backup?: Gateway | undefined;
  limits: TurnLimits;
  maxWaiting: number;
  audit: Audit;
  clock: Clock;
}

/** Passes turns to the gateway: one at a time, behind its breaker, every wait bounded. */
export const createRelay = ({ primary, backup, limits, maxWaiting, audit, clock }: RelayDeps) => {
  const queue = () => createQueue({ maxWaiting, clock });
  const gateways: (Gateway & { name: TurnView["gateway"]; queue: Queue })[] = [
    { ...primary, name: "primary", queue: queue() },
  ];
  if (backup) gateways.push({ ...backup, name: "backup", queue: queue() });
  const stopping = new AbortController();
  let lastTurn: TurnView | null = null;

  const record = (
    { outcome, statusCode: status_code, detail, message }: TurnOutcome,
    { traceId, gateway, duration_ms }: { traceId: string; gateway: TurnView["gateway"]; duration_ms: number },
  ): void => {
    const error_type = errorTypeOf(detail);
    const ended_at = toTimestamp(clock.now());
    const turn = { ended_at, outcome, gateway, status_code, error_type, detail, message, duration_ms };
    // A caller that went away says nothing about the gateway.
    if (outcome !== "aborted") lastTurn = turn;
    audit.record({
      traceId,
      category: "gateway",
      type: "relay",
      status: outcome,
      errorCode: detail,
      error: message,
      denied: false,
      reason: `turn_${outcome}`,
      params: { gateway, status_code, duration_ms },
    });
  };

  return {
    /**
     * Sends one turn to the first gateway that accepts it, as soon as the turns before it have ended.
     * @returns undefined when the caller went away.
     * @throws AppError `circuit_open`, `gateway_token_refused`, `relay_busy`, or why there is no answer.
     */
    async send(request: RelayRequest): Promise<TurnAnswer | undefined> {
      const { traceId, body, primaryOnly = false } = request;
      const deadlineMs = clock.monotonicMs() + limits.totalMs;
      const caller = AbortSignal.any([request.signal, stopping.signal]);
      const refusals: Refusal[] = [];
      for (const gateway of primaryOnly ? gateways.slice(0, 1) : gateways) {
        // A turn that would be refused in the end does not wait in the queue.
        const early = refusalOf(gateway);
        if (early) {
          refusals.push(early);
          continue;
        }
        const timeoutMs = deadlineMs - clock.monotonicMs();
        const leaveQueue = await gateway.queue.enter({ bytes: body.length, timeoutMs, signal: caller });
        if (!leaveQueue) return undefined;
        // The turn before it may have failed meanwhile.
        const admission = refusalOf(gateway) ?? gateway.breaker.admit({ scope: "turn", traceId });
        if (admission.kind === "refused") {
          leaveQueue();
          refusals.push(admission);
          continue;
        }
        const { name, client, authCooldown } = gateway;
        const startedMs = clock.monotonicMs();
        const onEnd = (ended: TurnOutcome) => {
          admission.settle(ended.signal, ended.message);
          leaveQueue();
          if (ended.statusCode !== 0) authCooldown.note(errorTypeOf(ended.detail));
          record(ended, { traceId, gateway: name, duration_ms: Math.round(clock.monotonicMs() - startedMs) });
        };
        return runTurn({ client, clock, limits, deadlineMs, caller, onEnd }, request);
      }
      throw toError(refusals);
    },
    view: (): RelayView => ({
      busy: gateways.some(({ queue }) => queue.view().busy),
      waiting: gateways.reduce((sum, { queue }) => sum + queue.view().waiting, 0),
      max_waiting: maxWaiting,
      last_turn: lastTurn,
      backup_breaker: backup?.breaker.view() ?? null,
    }),
    /** Ends the turns under way and those waiting. */
    stop: (): void => stopping.abort(),
  };
};

export type Relay = ReturnType<typeof createRelay>;
