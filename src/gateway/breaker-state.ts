/** The breaker's rules, pure: the next state and a decision from the current state. */

const FAILURES_TO_OPEN = 2;
export const OPEN_MS = 60_000;
/** Retry-After for callers refused during the trial, whose end is not known. */
const TRIAL_RETRY_MS = 5_000;

/**
 * What a success shows. `answer`: the gateway is reachable and accepts our token, which the probe shows too.
 * `turn`: the model behind it works, which the probe does not show.
 */
export type SignalScope = "answer" | "turn";

/** What a request shows about the gateway. `none`: nothing, because its caller went away. */
export type BreakerSignal = { kind: "success" | "failure"; scope: SignalScope } | { kind: "none" };

interface Failures {
  /** In a row, up to now. */
  failures: number;
  lastError: string;
  /** Only a success of this scope ends them: a successful probe does not make up for a failed turn. */
  scope: SignalScope;
}

export type BreakerState =
  | ({ kind: "closed" } & Failures)
  | ({ kind: "open"; openedAt: Date; trialAtMs: number } & Failures)
  | ({ kind: "half_open"; openedAt: Date } & Failures);

export type Decision = { kind: "send" } | { kind: "refuse"; retryAfterMs: number };

/** `now` is shown and stored, `monotonicMs` measures. */
interface Moment {
  now: Date;
  monotonicMs: number;
}

export const closed: BreakerState = { kind: "closed", failures: 0, lastError: "", scope: "answer" };

/**
 * Closed sends every request, open none; the first request after the minute is the trial, and the others are refused.
 * A probe, which cannot end failed turns, is sent after the minute but is not the trial.
 */
export const decide = (
  state: BreakerState,
  scope: SignalScope,
  nowMs: number,
): { state: BreakerState; decision: Decision } => {
  if (state.kind === "closed") return { state, decision: { kind: "send" } };
  if (state.kind === "half_open") return { state, decision: { kind: "refuse", retryAfterMs: TRIAL_RETRY_MS } };
  const { trialAtMs, ...rest } = state;
  if (nowMs < trialAtMs) return { state, decision: { kind: "refuse", retryAfterMs: trialAtMs - nowMs } };
  if (scope === "answer" && state.scope === "turn") return { state, decision: { kind: "send" } };
  return { state: { ...rest, kind: "half_open" }, decision: { kind: "send" } };
};

/** The state after a request that was sent in this one. */
export const afterSignal = (state: BreakerState, signal: BreakerSignal, reason: string, at: Moment): BreakerState => {
  if (signal.kind === "failure") return afterFailure(state, signal.scope, reason, at);
  const endsFailures = signal.kind === "success" && (signal.scope === "turn" || state.scope === "answer");
  if (endsFailures) return closed;
  // A trial that showed nothing makes way for the next request at once, or half-open would last for ever.
  return state.kind === "half_open" ? { ...state, kind: "open", trialAtMs: at.monotonicMs } : state;
};

/** A failed trial opens for another full period. */
const afterFailure = (state: BreakerState, scope: SignalScope, lastError: string, at: Moment): BreakerState => {
  const failures = state.failures + 1;
  const trouble: Failures = { failures, lastError, scope: state.scope === "turn" ? "turn" : scope };
  if (failures < FAILURES_TO_OPEN) return { kind: "closed", ...trouble };
  return { kind: "open", ...trouble, openedAt: at.now, trialAtMs: at.monotonicMs + OPEN_MS };
};
