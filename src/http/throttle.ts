import { type Clock, delay } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";

/** From the next failure on, each answer is delayed for twice as long as the one before. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** Failures of a source are forgotten after this long without another. */
const FORGET_AFTER_MS = 15 * 60_000;
const MAX_SOURCES = 1024;
/** Sources beyond those count as one, so that changing addresses does not reset a count. */
const OTHERS = "others";
/** Delayed answers at one time: each holds a connection, and must not exhaust them. */
const MAX_HELD = 32;

/**
 * Slows down guessing of a secret, per source. It runs after the comparison, so that the right secret is never delayed:
 * all local programs share one address. With `MAX_HELD` answers delayed, a further wrong secret gets 429 at once; the
 * secret's length is what makes guessing infeasible.
 */
export const createThrottle = ({ clock }: { clock: Clock }) => {
  /** Least recently failed first. */
  const sources = new Map<string, { failures: number; lastAtMs: number }>();
  let held = 0;

  const forgetOld = (nowMs: number) => {
    for (const [name, { lastAtMs }] of sources) {
      if (nowMs - lastAtMs < FORGET_AFTER_MS) return;
      sources.delete(name);
    }
  };

  const countFailure = (source: string): number => {
    const nowMs = clock.monotonicMs();
    forgetOld(nowMs);
    const name = sources.has(source) || sources.size < MAX_SOURCES ? source : OTHERS;
    const failures = (sources.get(name)?.failures ?? 0) + 1;
    sources.delete(name);
    sources.set(name, { failures, lastAtMs: nowMs });
    return failures;
  };

  return {
    /** Counts a wrong secret; resolves when the refusal may be sent. @throws AppError beyond `MAX_HELD`. */
    async failed(source: string): Promise<void> {
      const excess = countFailure(source) - FREE_FAILURES;
      if (excess <= 0) return;
      if (held >= MAX_HELD) throw new AppError("auth_throttled");
      held++;
      await delay(clock, Math.min(FIRST_DELAY_MS * 2 ** (excess - 1), LONGEST_DELAY_MS));
      held--;
    },
    view: () => ({ sources: sources.size, held }),
  };
};

export type Throttle = ReturnType<typeof createThrottle>;
