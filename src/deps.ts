import type { AppDeps } from "./app.ts";
import type { Config } from "./config.ts";
import { buildBase, type Overrides } from "./deps/base.ts";
import { buildGateway } from "./deps/gateway.ts";
import { buildJobs } from "./deps/jobs.ts";
import { buildOverview } from "./deps/overview.ts";
import { buildUpkeep } from "./deps/upkeep.ts";
import type { GatewayProbe } from "./gateway/probe.ts";
import { allowedHosts } from "./http/allowed-hosts.ts";
import { createSessions } from "./http/session.ts";
import { createThrottle } from "./http/throttle.ts";
import { createWebAuth } from "./http/web-auth.ts";
import type { Worker } from "./jobs/worker.ts";
import { createLiveHub } from "./live/hub.ts";
import type { Logger } from "./logger.ts";
import { createModelRepository } from "./models/repository.ts";
import { createModelService } from "./models/service.ts";
import { createSourceReader } from "./models/source.ts";

export interface Deps {
  app: AppDeps;
  worker: Worker;
  /** Ends what a crash left, takes up the queue, and begins the housekeeping. */
  start(): Promise<void>;
  gatewayProbe: GatewayProbe;
  logger: Logger;
  /** How many jobs have readers that wait for news of them. */
  listeners: () => number;
  /** The file saved before a migration changed an existing database. */
  savedCopy: string | undefined;
  /** Ends the work under way; who waits for its end still reads of it. */
  stopWork(): Promise<void>;
  /** Worker first, so that its last write still finds the database. */
  stop(): Promise<void>;
}

/**
 * The composition root: the one place that knows every part. What a feature is built of is in `deps/`.
 * @throws StartupError when the database cannot be used.
 */
export const buildDeps = (config: Config, overrides: Overrides = {}): Deps => {
  const base = buildBase(config, overrides);
  const { clock, logger, auditSink, audit, auditReader, database, memoryGate } = base;
  const jobs = buildJobs(config, base);
  const { worker } = jobs;
  const models = createModelService({
    repository: createModelRepository(database.db),
    source: createSourceReader({ clock }),
    config: config.astrbot,
    audit,
    clock,
    logger,
    sealKey: crypto.getRandomValues(new Uint8Array(32)),
  });

  const gateway = buildGateway(config, { ...base, fetch: overrides.fetch ?? fetch });
  const { relay, deepCheck, probe: gatewayProbe } = gateway;
  const upkeep = buildUpkeep(config, { base, overrides, jobs, gateway });
  const { status, readiness, metrics } = buildOverview(config, { base, jobs, gateway, upkeep, models });

  const sessions = createSessions({ clock });
  const live = createLiveHub({ clock, logger, beforeHeartbeat: sessions.endExpired });

  const stopWork = async () => {
    await worker.stop();
    jobs.retention.stop();
    await jobs.preflight.stop();
    live.stop();
  };

  return {
    app: {
      apiToken: config.apiToken,
      allowedHosts: allowedHosts(config.host, config.allowedHosts),
      readiness,
      metrics,
      status,
      jobs: jobs.service,
      models,
      relay,
      deepCheck,
      memoryGate,
      pullMode: config.astrbot.pullMode,
      webAuth: createWebAuth({ mode: config.webAuth, sessions }),
      live,
      jobLimits: config.executor,
      throttle: createThrottle({ clock }),
      audit,
      auditReader,
      logger,
      clock,
    },
    worker,
    gatewayProbe,
    logger,
    async start() {
      await worker.start();
      upkeep.housekeeping.start();
    },
    listeners: jobs.signals.size,
    savedCopy: database.savedCopy,
    stopWork,
    async stop() {
      relay.stop();
      await gatewayProbe.stop();
      await stopWork();
      await upkeep.housekeeping.stop();
      database.close();
      auditSink.close();
    },
  };
};
