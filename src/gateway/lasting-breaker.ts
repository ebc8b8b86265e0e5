import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { type Breaker, type BreakerChange, createBreaker } from "./breaker.ts";
import type { BreakerName, GatewayRepository } from "./repository.ts";

interface LastingBreakerDeps {
  name: BreakerName;
  repository: Pick<GatewayRepository, "loadBreaker" | "saveBreaker">;
  audit: Audit;
  logger: Logger;
  clock: Clock;
}

/**
 * A breaker that goes on after a restart where it was, and whose turns are on the audit log. A database that cannot be
 * written fails no request: only the restart would find an older state.
 */
export const createLastingBreaker = ({ name, repository, audit, logger, clock }: LastingBreakerDeps): Breaker => {
  const keep = (change: BreakerChange) => {
    try {
      repository.saveBreaker(name, change.snapshot, toTimestamp(clock.now()));
    } catch (error) {
      logger.error({ trace_id: change.traceId, err: error }, "the breaker's state could not be kept");
    }
  };
  return createBreaker({
    clock,
    snapshot: repository.loadBreaker(name),
    onChange(change) {
      keep(change);
      if (change.to === change.from) return;
      const { failures, last_error, opened_at } = change.snapshot;
      audit.record({
        traceId: change.traceId,
        category: "gateway",
        type: "breaker",
        status: change.to,
        errorCode: change.to === "open" ? "circuit_open" : "",
        error: last_error,
        denied: change.to === "open",
        reason: `breaker_${change.to}`,
        params: { breaker: name, from: change.from, failures, opened_at },
      });
    },
  });
};
