import { atMost, type Clock, toTimestamp } from "@/lib/clock.ts";
import { codePoints, firstChars } from "@/lib/text.ts";
import type { GatewayAnswer, GatewayFailure, GatewayOutcome } from "./answer.ts";
import type { Breaker } from "./breaker.ts";
import { classify, isTokenRefused, toResult } from "./classify.ts";
import type { GatewayClient } from "./client.ts";
import { AUTH_COOLDOWN_MS } from "./relay/admission.ts";
import type { VersionReader } from "./sidecar.ts";
import type { GatewayResult, ProbeView } from "./view.ts";

/** How long a result is valid: with one check at a time, four requests a minute. */
const MAX_AGE_MS = 15_000;
/** A healthy gateway answers in 2 to 10 ms; a hung one must not delay the page. */
const MAX_WAIT_MS = 25;
const MAX_MESSAGE_CHARS = 220;

interface GatewayProbeDeps {
  client: Pick<GatewayClient, "probe">;
  breaker: Breaker;
  version?: Pick<VersionReader, "refresh">;
  onChecked?: (probe: ProbeView) => void;
  clock: Clock;
}

/** Checks the gateway with a request that is rejected before any model call. */
export const createGatewayProbe = ({ client, breaker, version, onChecked, clock }: GatewayProbeDeps) => {
  const stopping = new AbortController();
  let probe: ProbeView = {
    ok: false,
    ...toResult(0, "not_checked_yet", "not checked yet"),
    checked_at: null,
    latency_ms: null,
  };
  let nextCheckMs = clock.monotonicMs();
  let checking: Promise<void> | undefined;

  const check = async (isForced: boolean): Promise<void> => {
    const startedMs = clock.monotonicMs();
    const outcome = await client.probe(stopping.signal, isForced);
    if (outcome.kind === "aborted") return;
    nextCheckMs = clock.monotonicMs() + maxAgeOf(outcome);
    if (outcome.kind === "circuit_open") {
      // After a restart with the circuit still open.
      const message = `the circuit is open: next check in ${outcome.retryAfterSeconds} s`;
      if (probe.checked_at === null) probe = { ...probe, ...toResult(0, "circuit_open", message) };
      return;
    }
    const result = resultOf(outcome);
    const latency_ms = Math.round(clock.monotonicMs() - startedMs);
    probe = { ok: result.detail === "", ...result, checked_at: toTimestamp(clock.now()), latency_ms };
    onChecked?.(probe);
    await version?.refresh(probe.ok, stopping.signal);
  };

  const isDue = () => !checking && clock.monotonicMs() >= nextCheckMs;
  const start = (isForced = false) =>
    (checking = check(isForced).finally(() => {
      checking = undefined;
    }));

  return {
    view: () => ({ probe, breaker: breaker.view() }),
    /** Starts a check if one is due. Only the caller that starts it waits for it, and at most 25 ms. */
    async refresh(): Promise<void> {
      if (isDue()) await atMost(clock, MAX_WAIT_MS, start());
    },
    /** Starts a check if one is due, and waits for the end of whichever is under way. */
    async check(): Promise<void> {
      await (isDue() ? start() : checking);
    },
    /** Checks regardless of the last result's age and the breaker's countdown: after the start, and by hand. */
    async checkNow(): Promise<void> {
      await checking;
      await start(true);
    },
    /** Ends a check under way; later ones are not sent. */
    async stop(): Promise<void> {
      stopping.abort();
      await checking;
    },
  };
};

export type GatewayProbe = ReturnType<typeof createGatewayProbe>;

export const resultOf = (outcome: GatewayAnswer | GatewayFailure): GatewayResult => {
  const detail = classify(outcome);
  if (outcome.kind === "failure") return toResult(0, detail, excerpt(outcome.message));
  const message = detail === "" ? "ready; no model was called" : `HTTP ${outcome.status}: ${excerpt(outcome.text)}`;
  return toResult(outcome.status, detail, message);
};

/** Counted in code points, with the predecessor's suffix. */
const excerpt = (text: string): string => {
  const whole = text.trim();
  const extra = codePoints(whole) - MAX_MESSAGE_CHARS;
  return extra <= 0 ? whole : `${firstChars(whole, MAX_MESSAGE_CHARS)}\n...[truncated ${extra} chars]`;
};

const maxAgeOf = (outcome: Exclude<GatewayOutcome, { kind: "aborted" }>): number => {
  if (outcome.kind === "failure") return MAX_AGE_MS;
  const retryAfterMs = (outcome.retryAfterSeconds ?? 0) * 1000;
  if (outcome.kind === "circuit_open") return retryAfterMs;
  return Math.max(isTokenRefused(classify(outcome)) ? AUTH_COOLDOWN_MS : MAX_AGE_MS, retryAfterMs);
};
