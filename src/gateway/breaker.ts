import { type Clock, toTimestamp } from "@/lib/clock.ts";
import {
  afterAbandonment,
  afterFailure,
  afterSuccess,
  type BreakerState,
  closed,
  decide,
  OPEN_MS,
  type Proof,
} from "./breaker-state.ts";
import type { BreakerSnapshot } from "./repository.ts";
import type { BreakerView } from "./view.ts";

/** Leave to send one request. Settle it exactly once; what comes after the first settling is ignored. */
export interface Permit {
  /** It went well, or the gateway refused it for a fault of the caller's; see `Proof` for what that shows. */
  answered(proof?: Proof): void;
  /** @param curedBy what has to go well before the gateway is trusted again. */
  failed(reason: string, curedBy?: Proof): void;
  /** The caller went away before anything was learnt. */
  abandoned(): void;
}

export type Refusal = { kind: "refused"; retryAfterSeconds: number };
export type Admission = { kind: "admitted"; permit: Permit } | Refusal;

/** The request whose admission or outcome changed something. */
export interface BreakerChange {
  from: BreakerState["kind"];
  to: BreakerState["kind"];
  traceId: string;
  snapshot: BreakerSnapshot;
}

interface Asker {
  canProve?: Proof;
  /** "" for the probe, which no request stands behind. */
  traceId?: string;
}

export interface Breaker {
  admit(asker?: Asker): Admission;
  /** What a turn would be told now; nobody's place is taken. */
  refusal(): Refusal | undefined;
  view(): BreakerView;
  toJSON(): BreakerSnapshot;
}

export interface BreakerDeps {
  clock: Clock;
  /** Where an earlier process left off. */
  snapshot?: BreakerSnapshot | undefined;
  onChange?: (change: BreakerChange) => void;
}

/** Refuses requests to a gateway that has just failed twice, so that nobody waits for it in vain. */
export const createBreaker = ({ clock, snapshot, onChange = () => {} }: BreakerDeps): Breaker => {
  let state = snapshot ? revive(snapshot, clock) : closed;
  // Grows with each change of kind: the outcome of a request sent before the change says nothing about the time after.
  let round = 0;

  const become = (next: BreakerState, traceId: string) => {
    if (next === state) return;
    const from = state.kind;
    if (next.kind !== from) round++;
    state = next;
    onChange({ from, to: next.kind, traceId, snapshot: toSnapshot(next) });
  };

  const createPermit = (traceId: string): Permit => {
    const issuedIn = round;
    let settled = false;
    const settle = (next: () => BreakerState) => {
      if (settled) return;
      settled = true;
      if (issuedIn === round) become(next(), traceId);
    };
    return {
      answered: (proof = "answer") => settle(() => afterSuccess(state, proof, clock.monotonicMs())),
      failed: (reason, curedBy = "answer") =>
        settle(() => afterFailure(state, { reason, curedBy }, { now: clock.now(), monotonicMs: clock.monotonicMs() })),
      abandoned: () => settle(() => afterAbandonment(state, clock.monotonicMs())),
    };
  };

  return {
    admit({ canProve = "answer", traceId = "" } = {}) {
      const { state: next, decision } = decide(state, canProve, clock.monotonicMs());
      become(next, traceId);
      return decision.kind === "send"
        ? { kind: "admitted", permit: createPermit(traceId) }
        : { kind: "refused", retryAfterSeconds: toSeconds(decision.retryAfterMs) };
    },
    refusal() {
      const { decision } = decide(state, "turn", clock.monotonicMs());
      return decision.kind === "send"
        ? undefined
        : { kind: "refused", retryAfterSeconds: toSeconds(decision.retryAfterMs) };
    },
    view: () => toBreakerView(state, clock.monotonicMs()),
    toJSON: () => toSnapshot(state),
  };
};

const toSnapshot = (state: BreakerState): BreakerSnapshot => ({
  failures: state.failures,
  last_error: state.lastError,
  opened_at: state.kind === "closed" ? null : state.openedAt.toISOString(),
  cured_by: state.curedBy,
});

/** The time the service was down counts; a clock set back meanwhile cannot stretch the period. */
const revive = (
  { failures, last_error: lastError, opened_at, cured_by: curedBy }: BreakerSnapshot,
  clock: Clock,
): BreakerState => {
  if (opened_at === null) return { kind: "closed", failures, lastError, curedBy };
  const openedAt = new Date(opened_at);
  const remainingMs = openedAt.getTime() + OPEN_MS - clock.now().getTime();
  const trialAtMs = clock.monotonicMs() + Math.min(Math.max(remainingMs, 0), OPEN_MS);
  return { kind: "open", failures, lastError, curedBy, openedAt, trialAtMs };
};

/** From the moment a trial is due the state shows as half-open, whether or not somebody has come to make it. */
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
