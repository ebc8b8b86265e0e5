import { dirname, join } from "node:path";
import type { AppDeps } from "./app.ts";
import { createAudit } from "./audit/audit.ts";
import { createAuditReader } from "./audit/reader.ts";
import { createBackupChild } from "./backup/child.ts";
import { createDailyBackup } from "./backup/daily.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { openDatabase } from "./db/client.ts";
import { createWriteCheck } from "./db/write-check.ts";
import { messageOf } from "./errors.ts";
import { type Cgroups, noCgroups } from "./executor/cgroup.ts";
import { createCodexExecutor } from "./executor/codex.ts";
import { endLeftover } from "./executor/leftovers.ts";
import { noOrphans, type Orphans } from "./executor/orphans.ts";
import { createPreflight } from "./executor/preflight.ts";
import { createPrograms } from "./executor/programs.ts";
import { createRedactor } from "./executor/redact.ts";
import { runAsFor } from "./executor/run-as.ts";
import { createWorkdirs } from "./executor/workdir.ts";
import { createFileSink } from "./file-sink.ts";
import { createMeminfo } from "./gates/meminfo.ts";
import { createMemoryGate, type MemoryGate } from "./gates/memory.ts";
import { createMemoryHistory } from "./gates/memory-history.ts";
import { createCheckHistory } from "./gateway/checks/history.ts";
import { createCheckRepository } from "./gateway/checks/repository.ts";
import { createGatewayClient } from "./gateway/client.ts";
import { createDeepCheck } from "./gateway/deep-check.ts";
import { createLastingBreaker } from "./gateway/lasting-breaker.ts";
import { createGatewayProbe, type GatewayProbe } from "./gateway/probe.ts";
import { createRelay } from "./gateway/relay.ts";
import { type BreakerName, createBreakerRepository } from "./gateway/repository.ts";
import { createTokenCare } from "./gateway/token-care.ts";
import { createVersionReader } from "./gateway/version.ts";
import { createHousekeeping } from "./housekeeping.ts";
import { allowedHosts } from "./http/allowed-hosts.ts";
import { createSessions } from "./http/session.ts";
import { createThrottle } from "./http/throttle.ts";
import { createWebAuth } from "./http/web-auth.ts";
import { newJobId, newTraceId } from "./ids.ts";
import { createJournals } from "./jobs/journal.ts";
import { createJobRepository } from "./jobs/repository.ts";
import { createRetention } from "./jobs/retention.ts";
import { createJobService } from "./jobs/service.ts";
import { createJobSignals } from "./jobs/signals.ts";
import { createWorker, type Worker } from "./jobs/worker.ts";
import { createLiveHub } from "./live/hub.ts";
import { createLogger, type Logger } from "./logger.ts";
import { createExposition } from "./metrics/exposition.ts";
import { createMetricsRecorder } from "./metrics/recorder.ts";
import { createModelRepository } from "./models/repository.ts";
import { createModelService } from "./models/service.ts";
import { createSourceReader } from "./models/source.ts";
import { createReadiness, keptFor } from "./status/readiness.ts";
import { createStatusService } from "./status/service.ts";

const AUDIT_MAX_BYTES = 16 * 1024 * 1024;
const AUDIT_KEEP = 4;
/** A page that is looked at all day costs a small write as often. */
const WRITE_CHECK_KEEP_MS = 10_000;

/** What a test may put in place of the real part, and what is the whole process's to decide. */
export interface Overrides {
  clock?: Clock;
  fetch?: typeof fetch;
  memoryGate?: MemoryGate;
  logger?: Logger;
  orphans?: Orphans;
  cgroups?: Cgroups;
  /** How this program is started; without it there is no daily backup. */
  self?: readonly [string, ...string[]];
  /** Called once a minute while the worker takes jobs. */
  heartbeat?: () => void;
}

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

/** What must not show in a job's output: our own tokens, and the keys that Codex was given. */
const secretsOf = ({ apiToken, gateway, backupGateway, environment, executor }: Config): string[] => {
  const keys = ["OPENAI_API_KEY", "CODEX_API_KEY", ...executor.passEnv].map((name) => environment[name] ?? "");
  return [apiToken, gateway.token, backupGateway?.token ?? "", ...keys];
};

/**
 * The composition root: the one place that knows every part.
 * @throws StartupError when the database cannot be used.
 */
export const buildDeps = (config: Config, overrides: Overrides = {}): Deps => {
  const clock = overrides.clock ?? systemClock;
  const logger =
    overrides.logger ??
    createLogger({
      path: join(config.logDir, "backend.log"),
      clock,
      onFailure: (error) => console.error(`log write failed: ${messageOf(error)}`),
    });
  const auditSink = createFileSink({ path: config.auditPath, maxBytes: AUDIT_MAX_BYTES, keep: AUDIT_KEEP });
  const audit = createAudit({ sink: auditSink, clock, logger });
  const recorder = createMetricsRecorder();
  audit.onRecord(recorder.noteEvent);
  const database = openDatabase(config.dbPath);
  const memoryGate = overrides.memoryGate ?? createMemoryGate(createMeminfo({ clock }));

  const { passEnv, memoryFloorMib } = config.executor;
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...config.executor, environment: config.environment });
  const workdirs = createWorkdirs({
    home: config.home,
    allowGlobal: config.executor.allowGlobalWorkdir,
    allowedWorkdirs: config.executor.allowedWorkdirs,
  });
  const orphans = overrides.orphans ?? noOrphans;
  const cgroups = overrides.cgroups ?? noCgroups;
  const redact = createRedactor(secretsOf(config));
  const executor = createCodexExecutor({
    ...config.executor,
    programs,
    workdirs,
    environment,
    runAs,
    isMemoryCritical: () => (memoryGate.view().available_mib ?? Infinity) < memoryFloorMib,
    redact,
    cgroups,
    orphans,
    clock,
  });
  const preflight = createPreflight({
    programs,
    environment,
    runAs,
    passEnv,
    recheckMs: config.executor.recheckMs,
    orphans,
    clock,
  });
  const repository = createJobRepository(database.db);
  const journals = createJournals({ folder: join(dirname(config.dbPath), "jobs"), clock, logger });
  const signals = createJobSignals(clock);
  const retention = createRetention({ repository, journals, ...config.retention, clock, logger });
  const worker = createWorker({
    repository,
    executor,
    endLeftover: (leftover) => endLeftover(leftover, cgroups, clock),
    refusal: preflight.refusal,
    memoryGate,
    journals,
    signals,
    onEnded(job, outcome) {
      recorder.noteRun(job);
      preflight.learn(outcome);
    },
    timing: config.executor,
    audit,
    clock,
    logger,
  });
  const jobs = createJobService({
    ...config.executor,
    repository,
    worker,
    journals,
    signals,
    programs,
    workdirs,
    memoryGate,
    audit,
    clock,
    newId: newJobId,
  });

  const models = createModelService({
    repository: createModelRepository(database.db),
    source: createSourceReader({ clock }),
    config: config.astrbot,
    audit,
    clock,
    logger,
    sealKey: crypto.getRandomValues(new Uint8Array(32)),
  });

  const breakers = createBreakerRepository(database.db);
  const createGateway = (name: BreakerName, { url, token }: Config["gateway"]) => {
    const breaker = createLastingBreaker({ name, repository: breakers, audit, logger, clock });
    const { requestTimeoutMs: timeoutMs } = config;
    const client = createGatewayClient({ fetch: overrides.fetch ?? fetch, url, token, timeoutMs, breaker, clock });
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
  const gatewayProbe = createGatewayProbe({
    ...primary,
    version,
    onChecked(probe) {
      checks.note(probe);
      if (probe.status_code !== 0) primary.tokenCare.learn(probe.error_type);
    },
    clock,
  });

  const memoryHistory = createMemoryHistory({ memoryGate });
  const { self } = overrides;
  const backup = createDailyBackup({
    folder: config.backup.folder,
    backUp: self ? createBackupChild({ self, config, orphans, clock }) : async () => "",
    memoryGate,
    clock,
    logger,
  });
  const housekeeping = createHousekeeping({
    tasks: [
      { name: "memory sample", run: memoryHistory.sample },
      { name: "check history", run: checks.save },
      { name: "job retention", run: retention.run },
      ...(self ? [{ name: "daily backup", run: backup.run }] : []),
      { name: "watchdog", run: () => (worker.view().running ? overrides.heartbeat?.() : undefined) },
    ],
    clock,
    logger,
  });

  const canWrite = createWriteCheck(database.db);
  const status = createStatusService({
    bind: `${config.host}:${config.port}`,
    authConfigured: config.apiToken !== "",
    sidecar: version,
    relay,
    worker,
    jobs: repository,
    journals,
    models,
    programs,
    preflight,
    gatewayProbe,
    checks,
    memoryGate,
    memoryHistory,
    audit,
    isDatabaseWritable: keptFor(WRITE_CHECK_KEEP_MS, clock, canWrite),
    backup,
    redact,
    clock,
  });

  const sessions = createSessions({ clock });
  const live = createLiveHub({ clock, logger, beforeHeartbeat: sessions.endExpired });

  const readiness = createReadiness({
    checks: [
      { fault: "database", isOk: canWrite },
      { fault: "worker", isOk: () => worker.view().running },
      { fault: "audit", isOk: audit.isWritable },
      { fault: "log", isOk: logger.isWritable },
    ],
    clock,
  });

  const exposition = createExposition({
    recorder,
    readiness,
    worker,
    jobs: repository,
    gatewayProbe,
    relay,
    memoryGate,
    audit,
    models,
    clock,
  });

  const stopWork = async () => {
    await worker.stop();
    retention.stop();
    await preflight.stop();
    live.stop();
  };

  return {
    app: {
      apiToken: config.apiToken,
      allowedHosts: allowedHosts(config.host, config.allowedHosts),
      readiness,
      metrics: { recorder, exposition },
      status,
      jobs,
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
      auditReader: createAuditReader({ path: config.auditPath, keep: AUDIT_KEEP }),
      logger,
      clock,
    },
    worker,
    gatewayProbe,
    logger,
    async start() {
      await worker.start();
      housekeeping.start();
    },
    listeners: signals.size,
    savedCopy: database.savedCopy,
    stopWork,
    async stop() {
      relay.stop();
      await gatewayProbe.stop();
      await stopWork();
      await housekeeping.stop();
      database.close();
      auditSink.close();
    },
  };
};
