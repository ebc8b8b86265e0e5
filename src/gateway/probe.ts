import { atMost, type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Breaker } from "./breaker.ts";
import { classify } from "./classify.ts";
import type { GatewayClient } from "./client.ts";
import type { GatewayAnswer, GatewayFailure } from "./outcome.ts";
import type { VersionReader } from "./version.ts";
import type { GatewayView, ProbeView } from "./view.ts";

/** How long a result stands. With one check at a time this bounds the probe to four a minute. */
const MAX_AGE_MS = 15_000;
/** Ten wrong tokens lock even the right one out; they are taken to be counted by the minute, so one a minute is safe. */
const REFUSED_MAX_AGE_MS = 65_000;
/** Spreads the checks of several backends that were started together. */
const JITTER_MS = 3_000;
/** A healthy gateway answers in 2 to 10 ms: worth waiting for, and no more than that. */
const PATIENCE_MS = 25;
/** A mistaken Retry-After must not silence the probe for good. */
const MAX_PAUSE_MS = 3_600_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_MESSAGE_CHARS = 220;

export interface GatewayProbe {
  view(): GatewayView;
  /**
   * Starts a check if one is due. Only the caller that started it waits, and at most 25 ms, so that a hung gateway
   * delays nobody.
   */
  freshen(): Promise<void>;
  /** Ends a check under way; from then on none is sent. */
  stop(): Promise<void>;
}

export interface GatewayProbeDeps {
  client: GatewayClient;
  breaker: Breaker;
  /** Asked once the gateway answers, and again after it was away. */
  version?: Pick<VersionReader, "learn" | "forget" | "isKnown">;
  /** Hears of each check that was answered or failed. */
  onChecked?: (probe: ProbeView) => void;
  clock: Clock;
  /** From 0 to 1. */
  random?: () => number;
}

/** Asks the gateway with a request it refuses before any model is called: the truth at no cost. */
export const createGatewayProbe = ({
  client,
  breaker,
  version,
  onChecked,
  clock,
  random = Math.random,
}: GatewayProbeDeps): GatewayProbe => {
  const stopping = new AbortController();
  let probe = notCheckedYet;
  let dueAtMs = clock.monotonicMs();
  let checking: Promise<void> | undefined;

  const check = async (): Promise<void> => {
    const startedAtMs = clock.monotonicMs();
    const outcome = await client.ask({ body: "{}", maxBytes: MAX_ANSWER_BYTES, signal: stopping.signal });
    const endedAtMs = clock.monotonicMs();
    switch (outcome.kind) {
      case "aborted":
        return;
      case "circuit_open":
        if (probe.checked_at === null) probe = heldBack(outcome.retryAfterSeconds);
        dueAtMs = endedAtMs + outcome.retryAfterSeconds * 1000;
        return;
      default:
        probe = toProbeView(outcome, { checkedAt: clock.now(), latencyMs: endedAtMs - startedAtMs });
        onChecked?.(probe);
        dueAtMs = endedAtMs + pauseAfter(outcome) + random() * JITTER_MS;
        if (!probe.ok) version?.forget();
        else if (version?.isKnown() === false) await version.learn(stopping.signal);
    }
  };

  return {
    view: () => ({ probe, breaker: breaker.view() }),
    async freshen() {
      if (checking || clock.monotonicMs() < dueAtMs) return;
      checking = check().finally(() => {
        checking = undefined;
      });
      await atMost(clock, PATIENCE_MS, checking);
    },
    async stop() {
      stopping.abort();
      await checking;
    },
  };
};

const notCheckedYet: ProbeView = {
  ok: false,
  status_code: 0,
  message: "not checked yet",
  error_type: "unknown",
  detail: "not_checked_yet",
  checked_at: null,
  latency_ms: null,
};

/** After a restart with the circuit still open, nothing is known yet but that. */
const heldBack = (retryAfterSeconds: number): ProbeView => ({
  ...notCheckedYet,
  detail: "circuit_open",
  message: `the circuit is open: next check in ${retryAfterSeconds} s`,
});

const toProbeView = (
  outcome: GatewayAnswer | GatewayFailure,
  { checkedAt, latencyMs }: { checkedAt: Date; latencyMs: number },
): ProbeView => {
  const { errorType, detail } = classify(outcome);
  const ok = errorType === "";
  return {
    ok,
    status_code: outcome.kind === "answer" ? outcome.status : 0,
    message: ok ? "ready; no model was called" : describe(outcome),
    error_type: errorType,
    detail,
    checked_at: toTimestamp(checkedAt),
    latency_ms: Math.round(latencyMs),
  };
};

const describe = (outcome: GatewayAnswer | GatewayFailure): string =>
  outcome.kind === "answer" ? `HTTP ${outcome.status}: ${excerpt(outcome.text)}` : excerpt(outcome.message);

/** Counted in code points, with the predecessor's suffix. */
const excerpt = (text: string): string => {
  const chars = Array.from(text.trim());
  const extra = chars.length - MAX_MESSAGE_CHARS;
  return extra <= 0 ? chars.join("") : `${chars.slice(0, MAX_MESSAGE_CHARS).join("")}\n...[truncated ${extra} chars]`;
};

const pauseAfter = (outcome: GatewayAnswer | GatewayFailure): number => {
  if (outcome.kind === "failure") return MAX_AGE_MS;
  const refused = outcome.status === 401 || outcome.status === 403;
  const askedForMs = Math.min((outcome.retryAfterSeconds ?? 0) * 1000, MAX_PAUSE_MS);
  return Math.max(refused ? REFUSED_MAX_AGE_MS : MAX_AGE_MS, askedForMs);
};
