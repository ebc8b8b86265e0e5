/** The breaker's rules, pure: a state goes in, the next one and a decision come out. */

const FAILURES_TO_OPEN = 2;
export const OPEN_MS = 60_000;
/** Told to callers refused during the trial: its end is not known, but it is near. */
const TRIAL_RETRY_MS = 5_000;

/**
 * What a request can prove when it goes well. `answer`: the gateway is reachable and takes our token, which the free
 * probe shows too. `turn`: the model behind it works, which the probe does not show.
 */
export type Proof = "answer" | "turn";

interface Trouble {
  /** In a row, up to now. */
  failures: number;
  lastError: string;
  /** The proof that ends it: a green probe forgives no failed turn. */
  curedBy: Proof;
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

export const closed: BreakerState = { kind: "closed", failures: 0, lastError: "", curedBy: "answer" };

/**
 * Closed sends everybody, open nobody; the first to come after the minute is the trial, and the others are refused.
 * A request that could not end the trouble may look after the minute, but does not take the trial from one that could.
 */
export const decide = (
  state: BreakerState,
  canProve: Proof,
  nowMs: number,
): { state: BreakerState; decision: Decision } => {
  switch (state.kind) {
    case "closed":
      return { state, decision: { kind: "send" } };
    case "half_open":
      return { state, decision: { kind: "refuse", retryAfterMs: TRIAL_RETRY_MS } };
    case "open": {
      const retryAfterMs = state.trialAtMs - nowMs;
      if (retryAfterMs > 0) return { state, decision: { kind: "refuse", retryAfterMs } };
      if (canProve === "answer" && state.curedBy === "turn") return { state, decision: { kind: "send" } };
      const { failures, lastError, curedBy, openedAt } = state;
      return { state: { kind: "half_open", failures, lastError, curedBy, openedAt }, decision: { kind: "send" } };
    }
  }
};

/** A success that proves too little leaves everything as it was, and a trial's place to the next caller. */
export const afterSuccess = (state: BreakerState, proof: Proof, nowMs: number): BreakerState =>
  proof === "turn" || state.curedBy === "answer" ? closed : afterAbandonment(state, nowMs);

/** A failed trial opens for another full period. */
export const afterFailure = (
  state: BreakerState,
  failure: { reason: string; curedBy: Proof },
  at: Moment,
): BreakerState => {
  const failures = state.failures + 1;
  const curedBy = state.curedBy === "turn" ? "turn" : failure.curedBy;
  const trouble = { failures, lastError: failure.reason, curedBy };
  if (failures < FAILURES_TO_OPEN) return { kind: "closed", ...trouble };
  return { kind: "open", ...trouble, openedAt: at.now, trialAtMs: at.monotonicMs + OPEN_MS };
};

/** Nothing was learnt. A trial so lost leaves its place to the next caller at once, or half-open would last for ever. */
export const afterAbandonment = (state: BreakerState, nowMs: number): BreakerState =>
  state.kind === "half_open" ? { ...state, kind: "open", trialAtMs: nowMs } : state;
