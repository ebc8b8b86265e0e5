import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import type { RetryWhileLocked } from "@/lib/retry.ts";
import type { BreakerName, BreakerSnapshot, GatewayRepository } from "./repository.ts";
import type { BreakerView } from "./view.ts";

const FAILURES_TO_OPEN = 2;
const OPEN_MS = 60_000;
/** Retry-After for callers refused during the trial, whose end is not known. */
const TRIAL_RETRY_MS = 5_000;

/** What a success shows. `answer`: the gateway accepts our token. `turn`: the model works, too; no probe shows that. */
type SignalScope = "answer" | "turn";

/** What a request shows about the gateway. `none`: nothing, because its caller went away. */
export type BreakerSignal = { kind: "success" | "failure"; scope: SignalScope } | { kind: "none" };

/** `failures` are those in a row; only a success of `scope` ends them: a probe does not make up for a failed turn. */
export type BreakerState = { failures: number; lastError: string; scope: SignalScope } & (
  | { kind: "closed" }
  | { kind: "open"; openedAt: Date; trialAtMs: number }
  | { kind: "half_open"; openedAt: Date }
);

type Decision = { state: BreakerState; retryAfterMs: number };
type Kind = BreakerState["kind"];

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

type Request = { scope?: SignalScope; traceId?: string; isForced?: boolean };

interface BreakerDeps {
  clock: Clock;
  snapshot?: BreakerSnapshot | undefined;
  /** `traceId` is that of the request that caused the change; "" for the probe. */
  onChange?: (change: { from: Kind; to: Kind; traceId: string; snapshot: BreakerSnapshot }) => void;
}

/** Refuses requests to a gateway that has failed twice in a row, so that no caller waits for it in vain. */
export const createBreaker = ({ clock, snapshot, onChange }: BreakerDeps) => {
  let state = snapshot ? restore(snapshot, clock) : closed;
  // Counts changes of kind: the outcome of a request that was sent before the last change is ignored.
  let round = 0;

  const moveTo = (next: BreakerState, traceId: string) => {
    if (next === state) return;
    const from = state.kind;
    if (next.kind !== from) round++;
    state = next;
    onChange?.({ from, to: next.kind, traceId, snapshot: toSnapshot(next) });
  };

  return {
    /** @param request.scope what its success would show. @param request.isForced whether it waits for no countdown. */
    admit({ scope = "answer", traceId = "", isForced = false }: Request = {}): Permit | Refusal {
      const decision = decide(state, scope, isForced ? Infinity : clock.monotonicMs());
      moveTo(decision.state, traceId);
      if (decision.retryAfterMs > 0 && !isForced) return toRefusal(decision.retryAfterMs);
      const issuedIn = round;
      let settled = false;
      return {
        kind: "admitted",
        settle(signal, reason = "") {
          if (!settled && issuedIn === round) moveTo(afterSignal(state, signal, reason, clock), traceId);
          settled = true;
        },
      };
    },
    /** How a turn would be refused now; changes nothing. */
    refusal(): Refusal | undefined {
      const { retryAfterMs } = decide(state, "turn", clock.monotonicMs());
      return retryAfterMs > 0 ? toRefusal(retryAfterMs) : undefined;
    },
    /** Half-open from the moment a trial is due, even before a request makes it. */
    view(): BreakerView {
      const waitMs = state.kind === "open" ? Math.max(0, state.trialAtMs - clock.monotonicMs()) : 0;
      return {
        state: state.kind === "open" && waitMs === 0 ? "half_open" : state.kind,
        consecutive_failures: state.failures,
        opened_at: state.kind === "closed" ? null : toTimestamp(state.openedAt),
        retry_after_seconds: Math.ceil(waitMs / 1000),
        last_error: state.lastError,
      };
    },
  };
};

export type Breaker = ReturnType<typeof createBreaker>;

interface PersistentBreakerDeps {
  name: BreakerName;
  /** A digest of address, token and settings: what is stored of others says nothing about these. */
  gateway: string;
  repository: Pick<GatewayRepository, "loadBreaker" | "saveBreaker">;
  audit: Audit;
  logger: Logger;
  retryWhileLocked: RetryWhileLocked;
  clock: Clock;
}

/** A breaker that survives a restart and whose changes are audited. A failed write fails no request. */
export const createPersistentBreaker = (deps: PersistentBreakerDeps): Breaker => {
  const { name, gateway, repository, audit, logger, retryWhileLocked, clock } = deps;
  const stored = repository.loadBreaker(name);
  let latest: BreakerSnapshot;
  return createBreaker({
    clock,
    snapshot: stored?.gateway === gateway ? stored : undefined,
    onChange({ from, to, traceId, snapshot }) {
      latest = snapshot;
      const save = () => repository.saveBreaker(name, { ...latest, gateway }, toTimestamp(clock.now()));
      void retryWhileLocked(save).catch((error) => {
        logger.error({ trace_id: traceId, err: error }, "cannot save the breaker's state");
      });
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
};

export const closed: BreakerState = { kind: "closed", failures: 0, lastError: "", scope: "answer" };

/**
 * The next state, and how long the caller has to wait: 0 if its request is sent. The first request after the minute is
 * the trial. A probe, which cannot end failed turns, is sent then but is not the trial.
 */
export const decide = (state: BreakerState, scope: SignalScope, nowMs: number): Decision => {
  if (state.kind === "closed") return { state, retryAfterMs: 0 };
  if (state.kind === "half_open") return { state, retryAfterMs: TRIAL_RETRY_MS };
  const retryAfterMs = Math.max(0, state.trialAtMs - nowMs);
  const isTrial = retryAfterMs === 0 && (scope === "turn" || state.scope === "answer");
  return { state: isTrial ? { ...state, kind: "half_open" } : state, retryAfterMs };
};

export const afterSignal = (
  state: BreakerState,
  signal: BreakerSignal,
  lastError: string,
  clock: Pick<Clock, "now" | "monotonicMs">,
): BreakerState => {
  if (signal.kind === "failure") {
    const failures = state.failures + 1;
    const trouble = { failures, lastError, scope: state.scope === "turn" ? state.scope : signal.scope };
    if (failures < FAILURES_TO_OPEN) return { kind: "closed", ...trouble };
    return { kind: "open", ...trouble, openedAt: clock.now(), trialAtMs: clock.monotonicMs() + OPEN_MS };
  }
  if (signal.kind === "success" && (signal.scope === "turn" || state.scope === "answer")) return closed;
  // After a trial that showed nothing the next request may try at once, or half-open would never end.
  return state.kind === "half_open" ? { ...state, kind: "open", trialAtMs: clock.monotonicMs() } : state;
};

const toRefusal = (retryAfterMs: number): Refusal => {
  return { kind: "refused", code: "circuit_open", retryAfterSeconds: Math.ceil(retryAfterMs / 1000) };
};

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
