import type { Audit } from "@/audit/audit.ts";
import type { Worker } from "@/jobs/worker.ts";
import { cached } from "@/lib/cached.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";

/** All that the open endpoint says about a fault; the page and the log say more. */
export const readinessFaults = ["starting", "stopping", "database", "worker", "audit", "log"] as const;

type Fault = (typeof readinessFaults)[number] | undefined;

interface ReadinessDeps {
  database: { isInPlace(): boolean; canWrite(): boolean };
  worker: Pick<Worker, "view">;
  audit: Pick<Audit, "isWritable">;
  logger: Pick<Logger, "isWritable">;
  clock: Clock;
}

/** Anyone who reaches the port may ask, and two of the checks may write. */
const TTL_MS = 1000;

export const createReadiness = ({ database, worker, audit, logger, clock }: ReadinessDeps) => {
  const otherFault = cached({ ttlMs: TTL_MS, clock }, (): Fault => {
    if (!database.canWrite()) return "database";
    if (!worker.view().running) return "worker";
    if (!audit.isWritable()) return "audit";
    return logger.isWritable() ? undefined : "log";
  });
  /** The first fault there is. */
  return { fault: (): Fault => (database.isInPlace() ? otherFault() : "database") };
};

export type Readiness = ReturnType<typeof createReadiness>;
