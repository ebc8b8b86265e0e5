/** The breaker's rules, pure: a state goes in, the next one and a decision come out. */

export const FAILURES_TO_OPEN = 2;
export const OPEN_MS = 60_000;
/** Told to callers refused during the trial: its end is not known, but it is near. */
const TRIAL_RETRY_MS = 5_000;

interface Trouble {
  /** In a row, up to now. */
  failures: number;
  lastError: string;
}

export type BreakerState =
  | ({ kind: "closed" } & Trouble)
  | ({ kind: "open"; openedAt: Date; trialAtMs: number } & Trouble)
  | ({ kind: "half_open"; openedAt: Date } & Trouble);

export type Decision = { kind: "send" } | { kind: "refuse"; retryAfterMs: number };

/** Both kinds of time: one to show and to keep across a restart, one to count by. */
export interface Moment {
  now: Date;
  monotonicMs: number;
}

export const closed: BreakerState = { kind: "closed", failures: 0, lastError: "" };

/** Closed sends everybody, open nobody; the first to come after the minute is the trial, and the others wait for it. */
export const decide = (state: BreakerState, nowMs: number): { state: BreakerState; decision: Decision } => {
  switch (state.kind) {
    case "closed":
      return { state, decision: { kind: "send" } };
    case "half_open":
      return { state, decision: { kind: "refuse", retryAfterMs: TRIAL_RETRY_MS } };
    case "open": {
      const retryAfterMs = state.trialAtMs - nowMs;
      if (retryAfterMs > 0) return { state, decision: { kind: "refuse", retryAfterMs } };
      const { failures, lastError, openedAt } = state;
      return { state: { kind: "half_open", failures, lastError, openedAt }, decision: { kind: "send" } };
    }
  }
};

/** A failed trial opens for another full period. */
export const afterFailure = (state: BreakerState, lastError: string, at: Moment): BreakerState => {
  const failures = state.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { kind: "closed", failures, lastError };
  return { kind: "open", failures, lastError, openedAt: at.now, trialAtMs: at.monotonicMs + OPEN_MS };
};

/** Nothing was learnt. A trial so lost leaves its place to the next caller at once, or half-open would last for ever. */
export const afterAbandonment = (state: BreakerState, nowMs: number): BreakerState =>
  state.kind === "half_open" ? { ...state, kind: "open", trialAtMs: nowMs } : state;
