import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Breaker, Refusal } from "./breaker.ts";
import type { ProbeErrorType } from "./view.ts";

/**
 * Ten wrong tokens within a minute lock our address out of the gateway for five, even with the right token (2026.9.6):
 * after a refused token no turn is sent for a little more than that minute.
 */
const AUTH_COOLDOWN_MS = 65_000;
/** Waiting turns hold their requests in memory. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const BUSY_RETRY_SECONDS = 5;

export const createAuthCooldown = ({ clock }: { clock: Clock }) => {
  let untilMs = 0;
  return {
    /** Takes the class of each answer: a refused token starts the cooldown, any other answer ends it. */
    note(errorType: ProbeErrorType): void {
      untilMs = errorType === "auth_failed" ? clock.monotonicMs() + AUTH_COOLDOWN_MS : 0;
    },
    refusal(): Refusal | undefined {
      const retryAfterSeconds = Math.ceil((untilMs - clock.monotonicMs()) / 1000);
      return retryAfterSeconds > 0 ? { kind: "refused", code: "gateway_token_refused", retryAfterSeconds } : undefined;
    },
  };
};

export type AuthCooldown = ReturnType<typeof createAuthCooldown>;

/** Why a turn would be refused now; undefined when it may be sent. */
export const refusalOf = (gateway: { breaker: Breaker; authCooldown: AuthCooldown }): Refusal | undefined =>
  gateway.authCooldown.refusal() ?? gateway.breaker.refusal();

/** The answer when every gateway refused: the shortest wait. */
export const toError = (refusals: readonly Refusal[]): AppError => {
  const [soonest] = refusals.toSorted((a, b) => a.retryAfterSeconds - b.retryAfterSeconds);
  return new AppError(soonest?.code ?? "circuit_open", {
    retryAfterSeconds: Math.max(1, soonest?.retryAfterSeconds ?? 1),
  });
};

interface Entry {
  bytes: number;
  timeoutMs: number;
  signal: AbortSignal;
}

type WaitResult = "started" | "timeout" | "aborted";

/** One turn at a time, first come first served, with a bounded queue: the gateway has little memory. */
export const createQueue = ({ maxWaiting, clock }: { maxWaiting: number; clock: Clock }) => {
  let busy = false;
  const waiting = new Set<{ bytes: number; leave(result: WaitResult): void }>();

  const wait = async ({ bytes, timeoutMs, signal }: Entry) => {
    const { promise, resolve } = Promise.withResolvers<WaitResult>();
    const leave = (result: WaitResult) => {
      waiting.delete(waiter);
      resolve(result);
    };
    const waiter = { bytes, leave };
    const onAbort = () => leave("aborted");
    signal.addEventListener("abort", onAbort);
    const cancelTimer = clock.schedule(timeoutMs, () => leave("timeout"));
    waiting.add(waiter);
    const result = await promise;
    cancelTimer();
    signal.removeEventListener("abort", onAbort);
    return result;
  };

  const isFull = (bytes: number) =>
    waiting.size >= maxWaiting || [...waiting].reduce((sum, waiter) => sum + waiter.bytes, bytes) > MAX_WAITING_BYTES;

  const startNext = (): void => {
    const [next] = waiting;
    busy = next !== undefined;
    next?.leave("started");
  };

  return {
    /**
     * Waits for this caller's turn.
     * @returns the function that ends the turn, to be called once; undefined when the caller went away.
     * @throws AppError `relay_busy` when the queue is full, or after `timeoutMs`.
     */
    async enter(entry: Entry): Promise<(() => void) | undefined> {
      if (entry.signal.aborted) return undefined;
      if (busy) {
        const result = isFull(entry.bytes) ? "full" : await wait(entry);
        if (result === "aborted") return undefined;
        if (result !== "started") throw new AppError("relay_busy", { retryAfterSeconds: BUSY_RETRY_SECONDS });
      }
      busy = true;
      return startNext;
    },
    view: () => ({ busy, waiting: waiting.size }),
  };
};

export type Queue = ReturnType<typeof createQueue>;
