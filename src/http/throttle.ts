import { type Clock, delay } from "@/lib/clock.ts";

/** From the next failure on, each answer is delayed for twice as long as the one before. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** Failures of a source are forgotten after this long without another. */
const FORGET_AFTER_MS = 15 * 60_000;
const MAX_SOURCES = 1024;
/** Delayed answers at one time: each holds a connection, and must not exhaust them. */
const MAX_HELD = 32;

interface Source {
  failures: number;
  lastAtMs: number;
}

/**
 * Slows down guessing of a secret, per source. It runs after the comparison, so that the right secret is never delayed:
 * all local programs share one address. With `MAX_HELD` answers delayed, further refusals are immediate; the secret's
 * length is what makes guessing infeasible.
 */
export const createThrottle = ({ clock }: { clock: Clock }) => {
  /** Least recently failed first. */
  const sources = new Map<string, Source>();
  let held = 0;

  const countFailure = (name: string): number => {
    const nowMs = clock.monotonicMs();
    const known = sources.get(name);
    const failures = known && nowMs - known.lastAtMs < FORGET_AFTER_MS ? known.failures + 1 : 1;
    sources.delete(name);
    sources.set(name, { failures, lastAtMs: nowMs });
    const [oldest] = sources.keys();
    if (sources.size > MAX_SOURCES && oldest !== undefined) sources.delete(oldest);
    return failures;
  };

  return {
    /** Counts a wrong secret; resolves when the refusal may be sent. */
    async failed(source: string): Promise<void> {
      const excess = countFailure(source) - FREE_FAILURES;
      if (excess <= 0 || held >= MAX_HELD) return;
      held++;
      await delay(clock, Math.min(FIRST_DELAY_MS * 2 ** (excess - 1), LONGEST_DELAY_MS));
      held--;
    },
    view: () => ({ sources: sources.size, held }),
  };
};

export type Throttle = ReturnType<typeof createThrottle>;
