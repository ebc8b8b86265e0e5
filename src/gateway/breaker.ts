import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import {
  afterSignal,
  type BreakerSignal,
  type BreakerState,
  closed,
  decide,
  OPEN_MS,
  type SignalScope,
} from "./breaker-state.ts";
import type { BreakerName, BreakerSnapshot, GatewayRepository } from "./repository.ts";
import type { BreakerView } from "./view.ts";

/** Permission to send one request. */
export interface Permit {
  kind: "admitted";
  /** Reports how the request went; only the first call counts. */
  settle(signal: BreakerSignal, reason?: string): void;
}

export interface Refusal {
  kind: "refused";
  code: "circuit_open" | "gateway_token_refused";
  retryAfterSeconds: number;
}

export interface BreakerChange {
  from: BreakerState["kind"];
  to: BreakerState["kind"];
  /** Of the request that caused the change; "" for the probe. */
  traceId: string;
  snapshot: BreakerSnapshot;
}

interface BreakerDeps {
  clock: Clock;
  /** The state of an earlier process. */
  snapshot?: BreakerSnapshot | undefined;
  onChange?: (change: BreakerChange) => void;
}

/** Refuses requests to a gateway that has failed twice in a row, so that no caller waits for it in vain. */
export const createBreaker = ({ clock, snapshot, onChange }: BreakerDeps) => {
  let state = snapshot ? restore(snapshot, clock) : closed;
  // Counts changes of kind: a request sent before the last one says nothing about the time since.
  let round = 0;

  const moveTo = (next: BreakerState, traceId: string) => {
    if (next === state) return;
    const from = state.kind;
    if (next.kind !== from) round++;
    state = next;
    onChange?.({ from, to: next.kind, traceId, snapshot: toSnapshot(next) });
  };

  const createPermit = (traceId: string): Permit => {
    const issuedIn = round;
    let settled = false;
    return {
      kind: "admitted",
      settle(signal, reason = "") {
        const at = { now: clock.now(), monotonicMs: clock.monotonicMs() };
        if (!settled && issuedIn === round) moveTo(afterSignal(state, signal, reason, at), traceId);
        settled = true;
      },
    };
  };

  const refuse = (retryAfterMs: number): Refusal => ({
    kind: "refused",
    code: "circuit_open",
    retryAfterSeconds: toSeconds(retryAfterMs),
  });

  return {
    /** @param request.scope what its success would show. */
    admit({ scope = "answer", traceId = "" }: { scope?: SignalScope; traceId?: string } = {}): Permit | Refusal {
      const { state: next, decision } = decide(state, scope, clock.monotonicMs());
      moveTo(next, traceId);
      return decision.kind === "refuse" ? refuse(decision.retryAfterMs) : createPermit(traceId);
    },
    /** How a turn would be refused now; changes nothing. */
    refusal(): Refusal | undefined {
      const { decision } = decide(state, "turn", clock.monotonicMs());
      return decision.kind === "refuse" ? refuse(decision.retryAfterMs) : undefined;
    },
    view: (): BreakerView => toBreakerView(state, clock.monotonicMs()),
  };
};

export type Breaker = ReturnType<typeof createBreaker>;

interface PersistentBreakerDeps {
  name: BreakerName;
  repository: Pick<GatewayRepository, "loadBreaker" | "saveBreaker">;
  audit: Audit;
  logger: Logger;
  clock: Clock;
}

/** A breaker that survives a restart and whose changes are audited. A failed write fails no request. */
export const createPersistentBreaker = ({ name, repository, audit, logger, clock }: PersistentBreakerDeps): Breaker =>
  createBreaker({
    clock,
    snapshot: repository.loadBreaker(name),
    onChange({ from, to, traceId, snapshot }) {
      try {
        repository.saveBreaker(name, snapshot, toTimestamp(clock.now()));
      } catch (error) {
        logger.error({ trace_id: traceId, err: error }, "cannot save the breaker's state");
      }
      if (to === from) return;
      const { failures, last_error, opened_at } = snapshot;
      audit.record({
        traceId,
        category: "gateway",
        type: "breaker",
        status: to,
        errorCode: to === "open" ? "circuit_open" : "",
        error: last_error,
        denied: to === "open",
        reason: `breaker_${to}`,
        params: { breaker: name, from, failures, opened_at },
      });
    },
  });

const toSnapshot = (state: BreakerState): BreakerSnapshot => ({
  failures: state.failures,
  last_error: state.lastError,
  opened_at: state.kind === "closed" ? null : state.openedAt.toISOString(),
  cured_by: state.scope,
});

/** The time the service was down counts; a clock set back meanwhile cannot stretch the period. */
const restore = (snapshot: BreakerSnapshot, clock: Clock): BreakerState => {
  const { failures, last_error: lastError, opened_at, cured_by: scope } = snapshot;
  if (opened_at === null) return { kind: "closed", failures, lastError, scope };
  const openedAt = new Date(opened_at);
  const remainingMs = openedAt.getTime() + OPEN_MS - clock.now().getTime();
  const trialAtMs = clock.monotonicMs() + Math.min(Math.max(remainingMs, 0), OPEN_MS);
  return { kind: "open", failures, lastError, scope, openedAt, trialAtMs };
};

/** Shown as half-open from the moment a trial is due, even before a request makes it. */
const toBreakerView = (state: BreakerState, nowMs: number): BreakerView => {
  const waitMs = state.kind === "open" ? Math.max(0, state.trialAtMs - nowMs) : 0;
  return {
    state: state.kind === "open" && waitMs === 0 ? "half_open" : state.kind,
    consecutive_failures: state.failures,
    opened_at: state.kind === "closed" ? null : toTimestamp(state.openedAt),
    retry_after_seconds: toSeconds(waitMs),
    last_error: state.lastError,
  };
};

const toSeconds = (ms: number): number => Math.ceil(ms / 1000);
