import { type Clock, delay } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Breaker, Refusal } from "../breaker.ts";
import { isTokenRefused, type ProbeDetail } from "../classify.ts";

/** Ten wrong tokens within a minute lock our address out for five, even with the right token (measured: 2026.9.6). */
export const AUTH_COOLDOWN_MS = 65_000;
/** Waiting turns hold their requests in memory. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const BUSY_RETRY_SECONDS = 5;

export const createAuthCooldown = ({ clock }: { clock: Clock }) => {
  let untilMs = 0;
  return {
    /** Takes the detail of each answer: a refused token starts the cooldown, any other answer ends it. */
    note(detail: ProbeDetail): void {
      untilMs = isTokenRefused(detail) ? clock.monotonicMs() + AUTH_COOLDOWN_MS : 0;
    },
    refusal(): Refusal | undefined {
      const retryAfterSeconds = Math.ceil((untilMs - clock.monotonicMs()) / 1000);
      return retryAfterSeconds > 0 ? { kind: "refused", code: "gateway_token_refused", retryAfterSeconds } : undefined;
    },
  };
};

export type AuthCooldown = ReturnType<typeof createAuthCooldown>;

/** Why a turn would be refused now; undefined when it may be sent. */
export const refusalOf = (
  gateway: { breaker: Breaker; authCooldown: AuthCooldown },
  isForced: boolean,
): Refusal | undefined => gateway.authCooldown.refusal() ?? (isForced ? undefined : gateway.breaker.refusal());

interface Entry {
  bytes: number;
  timeoutMs: number;
  signal: AbortSignal;
}

/** One turn at a time, first come first served, with a bounded queue: the gateway has little memory. */
export const createQueue = ({ maxWaiting, clock }: { maxWaiting: number; clock: Clock }) => {
  let busy = false;
  const waiting = new Set<Entry & { turn: AbortController }>();

  /** Resolves with false after `timeoutMs`, or when the caller goes away. */
  const wait = async (entry: Entry): Promise<boolean> => {
    const turn = new AbortController();
    const waiter = { ...entry, turn };
    waiting.add(waiter);
    await delay(clock, entry.timeoutMs, AbortSignal.any([turn.signal, entry.signal]));
    waiting.delete(waiter);
    return turn.signal.aborted;
  };

  const isFull = (bytes: number) =>
    waiting.size >= maxWaiting || [...waiting].reduce((sum, waiter) => sum + waiter.bytes, bytes) > MAX_WAITING_BYTES;

  const startNext = (): void => {
    const next = waiting.values().find(({ signal }) => !signal.aborted);
    busy = next !== undefined;
    if (!next) return;
    waiting.delete(next);
    next.turn.abort();
  };

  return {
    /** @returns the function that ends this caller's turn, to be called once; undefined when the caller went away. */
    async enter(entry: Entry): Promise<(() => void) | undefined> {
      if (entry.signal.aborted) return undefined;
      if (busy && (isFull(entry.bytes) || !(await wait(entry)))) {
        if (entry.signal.aborted) return undefined;
        throw new AppError("relay_busy", { retryAfterSeconds: BUSY_RETRY_SECONDS });
      }
      busy = true;
      return startNext;
    },
    view: () => ({ busy, waiting: waiting.size }),
  };
};
