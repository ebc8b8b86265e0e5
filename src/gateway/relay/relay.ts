import type { Audit } from "@/audit/audit.ts";
import type { Config } from "@/config.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Breaker, Refusal } from "../breaker.ts";
import { type StopReason, type TurnOutcome, toResult } from "../classify.ts";
import type { GatewayClient } from "../client.ts";
import type { RelayView, TurnView } from "../view.ts";
import { type AuthCooldown, createQueue, refusalOf } from "./admission.ts";
import { createTimeouts, type RelayRequest, runTurn, type TurnAnswer } from "./turn.ts";

interface Gateway {
  client: GatewayClient;
  breaker: Breaker;
  authCooldown: AuthCooldown;
}

interface RelayDeps {
  primary: Gateway;
  /** Used while the primary refuses turns. */
  backup?: Gateway | undefined;
  limits: Config["relay"];
  audit: Audit;
  clock: Clock;
}

/** Passes turns to the gateway: one at a time, behind its breaker, every wait bounded. */
export const createRelay = ({ primary, backup, limits, audit, clock }: RelayDeps) => {
  const withQueue = (name: TurnView["gateway"], gateway: Gateway) => {
    return { ...gateway, name, queue: createQueue({ ...limits, clock }) };
  };
  const gateways = [withQueue("primary", primary), ...(backup ? [withQueue("backup", backup)] : [])];
  const stopping = new AbortController();
  let lastTurn: TurnView | null = null;

  const record = (ended: TurnOutcome, traceId: string, turn: Pick<TurnView, "gateway" | "duration_ms">): void => {
    const { outcome, statusCode, detail, message } = ended;
    const result = toResult(statusCode, detail, message);
    // A caller that went away says nothing about the gateway.
    if (outcome !== "aborted") lastTurn = { ended_at: toTimestamp(clock.now()), outcome, ...turn, ...result };
    audit.record({
      traceId,
      category: "gateway",
      type: "relay",
      status: outcome,
      errorCode: detail,
      error: message,
      denied: false,
      reason: `turn_${outcome}`,
      params: { ...turn, status_code: statusCode },
    });
  };

  return {
    /** Sends a turn to the first gateway that accepts it. @returns undefined when the caller went away. */
    async send(request: RelayRequest): Promise<TurnAnswer | undefined> {
      const { traceId, body, primaryOnly = false, isForced = false } = request;
      const deadlineMs = clock.monotonicMs() + limits.totalMs;
      const caller = AbortSignal.any([request.signal, stopping.signal]);
      const refusals: Refusal[] = [];
      for (const gateway of primaryOnly ? gateways.slice(0, 1) : gateways) {
        // A turn that would be refused in the end does not wait in the queue.
        const early = refusalOf(gateway, isForced);
        if (early) {
          refusals.push(early);
          continue;
        }
        const timeoutMs = deadlineMs - clock.monotonicMs();
        const leaveQueue = await gateway.queue.enter({ bytes: body.length, timeoutMs, signal: caller });
        if (!leaveQueue && stopping.signal.aborted) throw new AppError("service_stopping");
        if (!leaveQueue) return undefined;
        // The turn before it may have failed meanwhile.
        const admission = refusalOf(gateway, isForced) ?? gateway.breaker.admit({ scope: "turn", traceId, isForced });
        if (admission.kind === "refused") {
          leaveQueue();
          refusals.push(admission);
          continue;
        }
        const { name, client, authCooldown } = gateway;
        const timeouts = createTimeouts({ clock, limits, deadlineMs, caller });
        let isSettled = false;
        const settle = (ended: TurnOutcome) => {
          if (isSettled) return;
          isSettled = true;
          timeouts.release();
          const duration_ms = timeouts.elapsedMs();
          const message = client.mask(ended.message);
          // A turn that spent most of its time in the queue shows nothing about the gateway by timing out.
          const isLate =
            ended.detail === "timeout" && timeouts.reason() === "total" && duration_ms < limits.totalMs / 2;
          admission.settle(isLate ? { kind: "none" } : ended.signal, message);
          leaveQueue();
          if (ended.statusCode !== 0) authCooldown.note(ended.detail);
          record({ ...ended, message }, traceId, { gateway: name, duration_ms });
        };
        return runTurn({ client, clock, timeouts, settle }, request);
      }
      const [soonest] = refusals.toSorted((a, b) => a.retryAfterSeconds - b.retryAfterSeconds);
      const { code = "circuit_open", retryAfterSeconds = 1 } = soonest ?? {};
      throw new AppError(code, { retryAfterSeconds });
    },
    view: (): RelayView => ({
      busy: gateways.some(({ queue }) => queue.view().busy),
      waiting: gateways.reduce((sum, { queue }) => sum + queue.view().waiting, 0),
      max_waiting: limits.maxWaiting,
      last_turn: lastTurn,
      backup_breaker: backup?.breaker.view() ?? null,
    }),
    /** Ends the turns under way and those waiting; their callers are told. */
    stop: (): void => stopping.abort("stopping" satisfies StopReason),
  };
};

export type Relay = ReturnType<typeof createRelay>;
