import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createCodexExecutor } from "@/executor/codex/executor.ts";
import { createAstrbotApi } from "@/models/astrbot/api.ts";
import { createAudit } from "./audit/audit.ts";
import { createAuditReader } from "./audit/reader.ts";
import { createBackupChild, createDailyBackup } from "./backup/daily.ts";
import type { Config } from "./config.ts";
import { openDatabase } from "./db/open.ts";
import { createRunningTime } from "./db/running-time.ts";
import { createWriteCheck } from "./db/service-state.ts";
import { type Cgroups, noCgroups } from "./executor/cgroup.ts";
import { createPreflight } from "./executor/codex/preflight.ts";
import { killOrphans } from "./executor/descendants.ts";
import { loginFileOf, runAsFor } from "./executor/environment.ts";
import { createPrograms } from "./executor/programs.ts";
import { createOwnMask, createRedactor, secretsOf } from "./executor/redact.ts";
import { createSandbox } from "./executor/sandbox.ts";
import { noSubreaper, type Subreaper } from "./executor/subreaper.ts";
import { createWorkdirs } from "./executor/workdir.ts";
import { createMemoryGate, createMemoryHistory, isClosed, type MemoryGate, readAvailableKiB } from "./gates/memory.ts";
import { createPersistentBreaker } from "./gateway/breaker.ts";
import { createCheckHistory } from "./gateway/check-history.ts";
import { createGatewayClient } from "./gateway/client.ts";
import { createDeepCheck } from "./gateway/deep-check.ts";
import { createGatewayProbe } from "./gateway/probe.ts";
import { createAuthCooldown } from "./gateway/relay/admission.ts";
import { createRelay } from "./gateway/relay/relay.ts";
import { type BreakerName, createGatewayRepository } from "./gateway/repository.ts";
import { createVersionReader, readContainerStartup, readStartup } from "./gateway/sidecar.ts";
import type { ProbeView } from "./gateway/view.ts";
import { createConcurrencyLimit } from "./http/concurrency.ts";
import { allowedHosts } from "./http/host-guard.ts";
import { createRequestRecords } from "./http/records.ts";
import { createSessions } from "./http/session.ts";
import { createThrottle } from "./http/throttle.ts";
import { createWebAuth } from "./http/web-auth.ts";
import { createJobEvents } from "./jobs/events.ts";
import { createQueueHold } from "./jobs/hold.ts";
import { createJournals } from "./jobs/journal.ts";
import { createJobRepository } from "./jobs/repository.ts";
import { createJobService } from "./jobs/service.ts";
import { createWorker } from "./jobs/worker.ts";
import { cached } from "./lib/cached.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { envFilePath } from "./lib/env-file.ts";
import { attempt } from "./lib/errors.ts";
import { createFileSink } from "./lib/file-sink.ts";
import { createHousekeeping } from "./lib/housekeeping.ts";
import { SERVICE_NAME } from "./lib/identity.ts";
import { createLogger, type Logger } from "./lib/logger.ts";
import { createLockRetry } from "./lib/retry.ts";
import { createTurns } from "./lib/turns.ts";
import { createLiveHub } from "./live/hub.ts";
import { createExposition } from "./metrics/exposition.ts";
import { createMetricsRecorder } from "./metrics/recorder.ts";
import { createModelRepository } from "./models/repository.ts";
import { createModelService } from "./models/service.ts";
import { testChannels } from "./notify/channel-test.ts";
import { createChannels } from "./notify/channels/create.ts";
import { createNotifier } from "./notify/notifier.ts";
import { createRenderer } from "./notify/render.ts";
import { createOutboxRepository } from "./notify/repository.ts";
import { createFrames } from "./routes/page.ts";
import { createFirstRun } from "./status/first-run.ts";
import { isInDocker, readHostCommands } from "./status/host-commands.ts";
import { createReadiness } from "./status/readiness.ts";
import { createStatusService } from "./status/service.ts";
import { createGatewayUnit, readGatewayUnit, type UnitState } from "./status/unit-state.ts";
import { createWatch } from "./status/watch.ts";

/** Set by tests, or by the process that runs the container. */
export interface Overrides {
  clock?: Clock;
  fetch?: typeof fetch;
  memoryGate?: MemoryGate;
  logger?: Logger;
  subreaper?: Subreaper;
  cgroups?: Cgroups;
  /** The gateway's unit or container on this host. */
  readGateway?: () => Promise<UnitState | undefined>;
  /** From 0 to 1, for the time between two looks. */
  random?: () => number;
  /** The command line of this program; without it there is no daily backup. */
  self?: readonly [string, ...string[]];
  /** Called once a minute while the worker takes jobs. */
  heartbeat?: () => void;
}

/**
 * The composition root: creates every long-lived part once, under the name by which others depend on it.
 * @throws StartupError when the database cannot be used.
 */
export const createContainer = (config: Config, overrides: Overrides = {}) => {
  const { clock = systemClock, subreaper = noSubreaper, cgroups = noCgroups, random = Math.random } = overrides;
  const { fetch = globalThis.fetch, memoryGate = createMemoryGate(readAvailableKiB), self, heartbeat } = overrides;
  const mask = createOwnMask(secretsOf(config));
  const redact = createRedactor(secretsOf(config));
  const logFile = join(config.logDir, "backend.log");
  const logger = overrides.logger ?? createLogger({ path: logFile, clock, mask });
  const auditFile = { path: config.auditPath, maxBytes: 16 * 1024 * 1024, keep: 4 };
  const auditSink = createFileSink(auditFile);
  const audit = createAudit({ sink: auditSink, clock, logger, mask });
  const turns = createTurns({ clock });
  const auditReader = createAuditReader({ ...auditFile, turns });
  const recorder = createMetricsRecorder();
  audit.onRecord(recorder.noteEvent);
  const { db, savedCopy, isInPlace, close } = openDatabase(config.dbPath);
  const retryWhileLocked = createLockRetry({ clock });
  const runningTime = createRunningTime({ db, clock });
  const hostCommands = cached({ ttlMs: 60_000, clock }, () => readHostCommands(config));
  const isMemoryLow = () => isClosed(memoryGate.view().gate);
  /** What many parts need; each declares what it takes of it. */
  const shared = { clock, logger, audit, mask, redact, fetch, subreaper, turns, memoryGate, retryWhileLocked };

  // Jobs, and Codex, which runs them.
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...config.executor, environment: config.environment });
  const workdirs = createWorkdirs({ ...config.executor, home: config.home });
  const sandbox = createSandbox(config, environment, programs);
  const codex = { ...shared, ...config.executor, environment, runAs, programs, sandbox };
  const preflight = createPreflight({ ...codex, isMemoryLow });
  const isMemoryCritical = () => (memoryGate.view().available_mib ?? Infinity) < config.executor.memoryFloorMib;
  const executor = createCodexExecutor({ ...codex, preflight, workdirs, isMemoryCritical, cgroups });
  const channels = createChannels(config.notify, shared);
  const render = createRenderer({ ...config.notify, hostCommands, redact });
  const outbox = { repository: createOutboxRepository(db), channels, render, onTried: recorder.noteDelivery };
  const notifier = createNotifier({ ...shared, ...outbox, config: config.notify, watchMs: config.watchMs });
  const channelTest = () => testChannels({ ...shared, ...config.notify, channels, note: notifier.noteTest });
  const jobRepository = createJobRepository(db, notifier.noteJobEnd);
  const journals = createJournals({ folder: join(dirname(config.dbPath), "jobs"), clock, logger });
  const jobEvents = createJobEvents({ journals, audit, clock });
  const loginChangedAtMs = () => attempt(() => statSync(loginFileOf(environment)).mtimeMs, 0);
  const hold = createQueueHold({ ...config.executor, repository: jobRepository, loginChangedAtMs, clock });
  const queue = { repository: jobRepository, hold, events: jobEvents };
  const worker = createWorker({
    ...shared,
    ...queue,
    executor,
    killOrphans: (job) => killOrphans(job, cgroups, clock),
    onEnded: recorder.noteRun,
    timing: config.executor,
  });
  const jobs = createJobService({ ...shared, ...config.executor, ...queue, worker, programs, workdirs, runningTime });

  const modelRepository = createModelRepository(db);
  const api = createAstrbotApi({ ...config.notify.astrbot, fetch, clock });
  const models = createModelService({ ...shared, repository: modelRepository, config: config.astrbot, api });

  // The gateways, and the relay to them.
  const gatewayRepository = createGatewayRepository(db);
  const createGateway = (name: BreakerName, address: Config["gateway"]) => {
    // A changed setting discards what was stored. Keyed with what is not in the database, and cut: it reveals no token.
    const hmac = new Bun.CryptoHasher("sha256", config.apiToken || SERVICE_NAME);
    const settings = JSON.stringify([address, { ...config, environment: undefined }]);
    const gateway = hmac.update(settings).digest("hex").slice(0, 8);
    const breaker = createPersistentBreaker({ ...shared, repository: gatewayRepository, name, gateway });
    const timeoutMs = config.requestTimeoutMs;
    const client = createGatewayClient({ ...shared, ...address, timeoutMs, breaker, maskOwn: mask });
    return { client, breaker, authCooldown: createAuthCooldown({ clock }) };
  };
  const primary = createGateway("gateway_breaker", config.gateway);
  const secondary = config.backupGateway && createGateway("gateway_backup_breaker", config.backupGateway);
  const relay = createRelay({ primary, backup: secondary, limits: config.relay, audit, clock });
  const deepCheck = createDeepCheck({ relay, clock });
  const startup = () =>
    isInDocker(hostCommands())
      ? readContainerStartup(config.root, envFilePath(config.environment), clock)
      : readStartup(config.root, clock);
  const { client } = primary;
  const version = createVersionReader({ client, pinnedVersion: config.openclawVersion, startup });
  const checks = createCheckHistory({ repository: gatewayRepository, clock });
  const onChecked = (result: ProbeView) => {
    checks.note(result);
    if (result.status_code !== 0) primary.authCooldown.note(result.detail);
  };
  const gatewayProbe = createGatewayProbe({ ...primary, version, onChecked, clock });

  // Once a minute.
  const deleteOldJobs = () => {
    const deleted = jobRepository.deleteOld({ ...config.retention, now: runningTime.now() });
    for (const jobId of deleted) journals.remove(jobId);
  };
  const memoryHistory = createMemoryHistory({ memoryGate });
  const backUp = self ? createBackupChild({ self, config, subreaper, clock }) : async () => "";
  const backup = createDailyBackup({ ...shared, folder: config.backup.folder, backUp, isMemoryLow });
  const look = async (signal: AbortSignal) => notifier.observe(await status.look(signal));
  const watch = createWatch({ everyMs: config.watchMs, look, random, clock });
  const housekeeping = createHousekeeping({
    tasks: [
      { name: "memory sample", run: memoryHistory.sample },
      { name: "watch", run: watch.run },
      { name: "check history", run: checks.save },
      { name: "running time", run: runningTime.save },
      { name: "job retention", run: deleteOldJobs },
      { name: "outbox", run: () => notifier.sweep(runningTime.now()) },
      { name: "sync retention", run: modelRepository.deleteOldSyncs },
      ...(self ? [{ name: "daily backup", run: backup.run }] : []),
      { name: "watchdog", run: () => (worker.view().running ? heartbeat?.() : undefined) },
    ],
    clock,
    logger,
  });

  // Status, readiness and metrics read all of the above.
  const canWrite = cached({ ttlMs: 10_000, clock }, createWriteCheck(db));
  const { PATH: path = "", DOCKER_HOST: dockerHost } = config.environment;
  const { readGateway = () => readGatewayUnit(hostCommands(), { ...shared, path, dockerHost }) } = overrides;
  const gatewayUnit = createGatewayUnit({ read: readGateway, clock });
  const hasSucceeded = () => jobRepository.list({ state: "succeeded", limit: 1 }).length > 0;
  const firstRun = createFirstRun({ repository: gatewayRepository, hasSucceeded, clock });
  const database = { view: () => ({ in_place: isInPlace(), writable: isInPlace() && canWrite() }) };
  const status = createStatusService({
    ...shared,
    parts: { memory: memoryGate, audit, database, backup, relay, notify: notifier, watch },
    bind: `${config.host}:${config.port}`,
    authConfigured: config.apiToken !== "",
    sidecar: version,
    gatewayUnit,
    worker,
    jobs: jobRepository,
    hold,
    journals,
    models,
    programs,
    preflight,
    gatewayProbe,
    checks,
    memoryHistory,
    hostCommands,
    firstRun,
  });
  const readiness = createReadiness({ database: { isInPlace, canWrite }, worker, audit, logger, clock });
  const exposition = createExposition({ recorder, readiness, status, jobs: jobRepository, turns, clock });

  const sessions = createSessions({ clock });
  const live = createLiveHub({ clock, beforeHeartbeat: sessions.endExpired });

  /** Stops running work; clients that wait for a job still get its end, and those of a turn an answer. */
  const stopWork = async () => {
    await worker.stop();
    relay.stop();
    await preflight.stop();
    live.stop();
  };

  return {
    ...shared,
    apiToken: config.apiToken,
    allowedHosts: allowedHosts(config.host, config.allowedHosts),
    boundHost: config.host,
    pullMode: config.astrbot.pullMode,
    jobLimits: config.executor,
    logFile,
    auditReader,
    jobs,
    worker,
    models,
    relay,
    deepCheck,
    gatewayProbe,
    preflight,
    channelTest,
    notifier,
    status,
    readiness,
    metrics: { recorder, exposition },
    webAuth: createWebAuth({ mode: config.webAuth, sessions }),
    throttle: createThrottle({ clock }),
    ...createRequestRecords({ ...shared, recorder }),
    frameOf: createFrames(clock),
    /** Event streams and long polls: each costs a connection and a position in a journal. */
    openResponses: createConcurrencyLimit(64),
    live,
    /** How many jobs have readers that wait for an event. */
    listeners: jobEvents.listenerCount,
    /** The file saved before a migration changed an existing database. */
    savedCopy,

    /** Recovers from a crash, starts the worker and the housekeeping. */
    async start(): Promise<void> {
      await worker.start();
      preflight.refresh();
      housekeeping.start();
    },
    stopWork,
    /** The worker stops before the database closes, since its last write needs it. */
    async stop(): Promise<void> {
      await gatewayProbe.stop();
      await stopWork();
      await housekeeping.stop();
      await retryWhileLocked(checks.save).catch((err) => logger.error({ err }, "cannot save the gateway's checks"));
      await notifier.stop();
      close();
      auditSink.close();
    },
  };
};

export type Container = ReturnType<typeof createContainer>;
