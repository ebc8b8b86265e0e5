import { cached } from "@/lib/cached.ts";
import type { Clock } from "@/lib/clock.ts";

/** All that the open endpoint says about a fault; the page and the log say more. */
export const readinessFaults = ["starting", "stopping", "database", "worker", "audit", "log"] as const;
export type ReadinessFault = (typeof readinessFaults)[number];

export interface Readiness {
  /** The first fault there is. */
  fault(): ReadinessFault | undefined;
}

interface ReadinessCheck {
  fault: ReadinessFault;
  isOk(): boolean;
}

/** Anyone who reaches the port may ask, and two of the checks may write. */
const TTL_MS = 1000;

export const createReadiness = ({ checks, clock }: { checks: readonly ReadinessCheck[]; clock: Clock }): Readiness => ({
  fault: cached({ ttlMs: TTL_MS, clock }, () => checks.find((check) => !check.isOk())?.fault),
});
