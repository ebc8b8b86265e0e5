import { type Clock, delay } from "@/lib/clock.ts";

/** So many mistakes are a person's; from the next on, each answer takes twice as long as the one before. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** A source that has failed no more for this long starts anew. */
const FORGET_AFTER_MS = 15 * 60_000;
const MAX_SOURCES = 1024;
/** Answers held back at one time: each costs a connection, and must not become a way to take them all. */
const MAX_HELD = 32;

interface Source {
  failures: number;
  lastAtMs: number;
}

/**
 * Slows down those who guess a secret, by source. It stands behind the comparison, never before it: the right secret
 * passes at once whatever its source has done, since all local programs share one address. Beyond the bound on held
 * answers the refusal comes at once; what makes guessing hopeless is the secret's length.
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
    for (const oldest of sources.keys()) {
      if (sources.size <= MAX_SOURCES) break;
      sources.delete(oldest);
    }
    return failures;
  };

  return {
    /** Counts a wrong secret, and resolves when its refusal may be sent. */
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
