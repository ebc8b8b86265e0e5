import type { Clock } from "@/lib/clock.ts";

/** All that an open endpoint tells of what is wrong; the page and the log say more. */
export const readinessFaults = ["starting", "stopping", "database", "worker", "audit", "log"] as const;
export type ReadinessFault = (typeof readinessFaults)[number];

export interface ReadinessCheck {
  fault: ReadinessFault;
  /** Cheap and synchronous: whoever reaches the port may ask. */
  isOk(): boolean;
}

export interface Readiness {
  /** The first fault there is. */
  fault(): ReadinessFault | undefined;
}

const KEEP_MS = 1000;

/** Asks no more often than this; in between, what was found stands. */
export const keptFor = (keepMs: number, clock: Clock, ask: () => boolean): (() => boolean) => {
  let found = true;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - askedAtMs < keepMs) return found;
    askedAtMs = clock.monotonicMs();
    found = ask();
    return found;
  };
};

/** Asks the checks in order, once a second at most. */
export const createReadiness = ({ checks, clock }: { checks: readonly ReadinessCheck[]; clock: Clock }): Readiness => {
  let found: ReadinessFault | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    fault() {
      if (clock.monotonicMs() - askedAt >= KEEP_MS) {
        found = checks.find((check) => !check.isOk())?.fault;
        askedAt = clock.monotonicMs();
      }
      return found;
    },
  };
};
