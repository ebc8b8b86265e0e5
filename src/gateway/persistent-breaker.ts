import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import type { BreakerName, GatewayRepository } from "./repository.ts";

interface PersistentBreakerDeps {
  name: BreakerName;
  repository: Pick<GatewayRepository, "loadBreaker" | "saveBreaker">;
  audit: Audit;
  logger: Logger;
  clock: Clock;
}

/** A breaker that survives a restart and whose changes are audited. A failed write fails no request. */
export const createPersistentBreaker = ({ name, repository, audit, logger, clock }: PersistentBreakerDeps): Breaker =>
  createBreaker({
    clock,
    snapshot: repository.loadBreaker(name),
    onChange({ from, to, traceId, snapshot }) {
      try {
        repository.saveBreaker(name, snapshot, toTimestamp(clock.now()));
      } catch (error) {
        logger.error({ trace_id: traceId, err: error }, "cannot save the breaker's state");
      }
      if (to === from) return;
      const { failures, last_error, opened_at } = snapshot;
      audit.record({
        traceId,
        category: "gateway",
        type: "breaker",
        status: to,
        errorCode: to === "open" ? "circuit_open" : "",
        error: last_error,
        denied: to === "open",
        reason: `breaker_${to}`,
        params: { breaker: name, from, failures, opened_at },
      });
    },
  });
