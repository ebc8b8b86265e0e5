import { type Clock, toTimestamp } from "@/clock.ts";
import { afterAbandonment, afterFailure, type BreakerState, closed, decide, OPEN_MS } from "./breaker-state.ts";
import type { BreakerView } from "./view.ts";

/** Leave to send one request. Settle it exactly once; what comes after the first settling is ignored. */
export interface Permit {
  /** The gateway answered, if only to refuse us: it is reachable, so the breaker closes. */
  answered(): void;
  failed(reason: string): void;
  /** The caller went away before anything was learnt. */
  abandoned(): void;
}

export type Admission = { kind: "admitted"; permit: Permit } | { kind: "refused"; retryAfterSeconds: number };

/** What is kept across a restart. A trial under way ended with the process, so it is kept as open. */
export interface BreakerSnapshot {
  failures: number;
  last_error: string;
  /** ISO 8601 with milliseconds; null while closed. */
  opened_at: string | null;
}

export interface Breaker {
  admit(): Admission;
  view(): BreakerView;
  toJSON(): BreakerSnapshot;
}

export interface BreakerDeps {
  clock: Clock;
  /** Where an earlier process left off. */
  snapshot?: BreakerSnapshot;
}

/** Refuses requests to a gateway that has just failed twice, so that nobody waits for it in vain. */
export const createBreaker = ({ clock, snapshot }: BreakerDeps): Breaker => {
  let state = snapshot ? revive(snapshot, clock) : closed;
  // Grows with each change of kind: the outcome of a request sent before the change says nothing about the time after.
  let round = 0;

  const become = (next: BreakerState) => {
    if (next.kind !== state.kind) round++;
    state = next;
  };

  const createPermit = (): Permit => {
    const issuedIn = round;
    let settled = false;
    const settle = (next: () => BreakerState) => {
      if (settled) return;
      settled = true;
      if (issuedIn === round) become(next());
    };
    return {
      answered: () => settle(() => closed),
      failed: (reason) =>
        settle(() => afterFailure(state, reason, { now: clock.now(), monotonicMs: clock.monotonicMs() })),
      abandoned: () => settle(() => afterAbandonment(state, clock.monotonicMs())),
    };
  };

  return {
    admit() {
      const { state: next, decision } = decide(state, clock.monotonicMs());
      become(next);
      return decision.kind === "send"
        ? { kind: "admitted", permit: createPermit() }
        : { kind: "refused", retryAfterSeconds: toSeconds(decision.retryAfterMs) };
    },
    view: () => toBreakerView(state, clock.monotonicMs()),
    toJSON: () => ({
      failures: state.failures,
      last_error: state.lastError,
      opened_at: state.kind === "closed" ? null : state.openedAt.toISOString(),
    }),
  };
};

/** The time the service was down counts; a clock set back meanwhile cannot stretch the period. */
const revive = ({ failures, last_error: lastError, opened_at }: BreakerSnapshot, clock: Clock): BreakerState => {
  if (opened_at === null) return { kind: "closed", failures, lastError };
  const openedAt = new Date(opened_at);
  const remainingMs = openedAt.getTime() + OPEN_MS - clock.now().getTime();
  const trialAtMs = clock.monotonicMs() + Math.min(Math.max(remainingMs, 0), OPEN_MS);
  return { kind: "open", failures, lastError, openedAt, trialAtMs };
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
