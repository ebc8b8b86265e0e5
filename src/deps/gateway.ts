import type { Config } from "@/config.ts";
import { createCheckHistory } from "@/gateway/checks/history.ts";
import { createCheckRepository } from "@/gateway/checks/repository.ts";
import { createGatewayClient } from "@/gateway/client.ts";
import { createDeepCheck } from "@/gateway/deep-check.ts";
import { createLastingBreaker } from "@/gateway/lasting-breaker.ts";
import { createGatewayProbe } from "@/gateway/probe.ts";
import { createRelay } from "@/gateway/relay.ts";
import { type BreakerName, createBreakerRepository } from "@/gateway/repository.ts";
import { createTokenCare } from "@/gateway/token-care.ts";
import { createVersionReader } from "@/gateway/version.ts";
import { newTraceId } from "@/ids.ts";
import type { Base, Overrides } from "./base.ts";

type GatewayParts = Pick<Base, "database" | "audit" | "logger" | "clock"> & Required<Pick<Overrides, "fetch">>;

export type GatewayFeature = ReturnType<typeof buildGateway>;

/** The gateways, the relay to them, and what is known of them. */
export const buildGateway = (config: Config, { database, audit, logger, clock, fetch }: GatewayParts) => {
  const breakers = createBreakerRepository(database.db);
  const createGateway = (name: BreakerName, { url, token }: Config["gateway"]) => {
    const breaker = createLastingBreaker({ name, repository: breakers, audit, logger, clock });
    const client = createGatewayClient({ fetch, url, token, timeoutMs: config.requestTimeoutMs, breaker, clock });
    return { client, breaker, tokenCare: createTokenCare({ clock }) };
  };
  const primary = createGateway("gateway_breaker", config.gateway);
  const relay = createRelay({
    primary,
    backup: config.backupGateway && createGateway("gateway_backup_breaker", config.backupGateway),
    limits: config.relay,
    maxWaiting: config.relay.maxWaiting,
    audit,
    clock,
  });
  const deepCheck = createDeepCheck({ relay, clock, newId: newTraceId });
  const version = createVersionReader({ client: primary.client, pinnedVersion: config.openclawVersion });
  const checks = createCheckHistory({ repository: createCheckRepository(database.db), clock });
  const probe = createGatewayProbe({
    ...primary,
    version,
    onChecked(result) {
      checks.note(result);
      if (result.status_code !== 0) primary.tokenCare.learn(result.error_type);
    },
    clock,
  });
  return { relay, deepCheck, version, checks, probe };
};
