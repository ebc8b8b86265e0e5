import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { self } from "@/backup/daily.ts";
import { parseConfig, weakTokens } from "@/config.ts";
import { createContainer } from "@/container.ts";
import { filesOfDatabase } from "@/db/copy.ts";
import { delegatedCgroups } from "@/executor/cgroup.ts";
import { createRedactor, secretsOf } from "@/executor/redact.ts";
import { becomeSubreaper } from "@/executor/subreaper.ts";
import { allowedHosts } from "@/http/host-guard.ts";
import { systemClock } from "@/lib/clock.ts";
import { createEnvFile, type Environment, envFilePath, fillPlaceholders, NO_ENV_FILE } from "@/lib/env-file.ts";
import { attempt, messageOf, rootCauseOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FOLDER, restrictPermissions } from "@/lib/file-permissions.ts";
import { urlHostOf } from "@/lib/http.ts";
import { type Libc, openLibc } from "@/lib/libc.ts";
import { OLD_SIDECAR_FOLDER, SIDECAR_FOLDERS, STATE_MOUNT_POINT } from "@/lib/paths.ts";
import { checkPaths, targetOf } from "@/lib/regular-file.ts";
import { listen } from "@/server.ts";
import { createSystemd, type Systemd } from "@/systemd/notify.ts";
import type { Command } from "./command.ts";

/** The first check of the gateway: later than the first request, which need not wait for it. */
const FIRST_CHECK_DELAY_MS = 1000;

/** @throws StartupError with the one sentence that the operator needs. */
const start = async (environment: Environment, libc: Libc | undefined, systemd: Systemd) => {
  const envFile = envFilePath(environment);
  const envFiles = envFile === NO_ENV_FILE ? [] : [["BACKEND_ENV_FILE", envFile] as const];
  checkPaths({ files: envFiles });
  if (orStartupError(`Cannot create the env file ${envFile}`, () => createEnvFile(envFile))) {
    console.log(`Wrote ${envFile} with new random tokens (mode 0600).`);
  }
  // A placeholder that cannot be replaced counts as a missing token.
  const filled = attempt(() => fillPlaceholders(envFile), []);
  if (filled.length > 0) console.log(`Put new random tokens into ${envFile} (mode 0600): ${filled.join(", ")}.`);
  const config = parseConfig(environment);
  await nameWeakTokens(weakTokens(config), environment);
  const { host, port, dbPath, logDir, auditPath, ignoredSettings } = config;
  const logFile = join(logDir, "backend.log");
  checkPaths({
    files: [
      ...envFiles,
      ...filesOfDatabase(dbPath).map((file) => ["BACKEND_DB_PATH", file] as const),
      ["BACKEND_AUDIT_PATH", auditPath],
      ["BACKEND_LOG_DIR", logFile],
    ],
    folders: [
      ["BACKEND_DB_PATH", join(dirname(dbPath), "jobs")],
      ["BACKEND_LOG_DIR", logDir],
      ["BACKUP_DIR", config.backup.folder],
    ],
  });
  const folders = [...new Set([dirname(dbPath), logDir, dirname(auditPath), ...missingSidecarFolders(config.root)])];
  for (const folder of folders) {
    orStartupError(`Cannot create ${folder}`, () => mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER }));
  }
  const restricted = restrictPermissions({
    root: config.root,
    folders: [...folders, config.backup.folder],
    files: [envFile, dbPath, auditPath, logFile],
  });
  for (const sentence of restricted) console.log(sentence);

  // Twice within the start, so that what follows fills the gaps: 0.4 MiB less when idle for 20 ms (bench/README.md).
  Bun.gc(true);
  const redact = createRedactor(secretsOf(config));
  const hosts = allowedHosts(host, config.allowedHosts);
  const server = listen({ host, port, allowedHosts: hosts, redact, clock: systemClock });
  const cgroups = delegatedCgroups(libc);
  const subreaper = becomeSubreaper(libc);
  const container = createContainer(config, { subreaper, cgroups, self, heartbeat: () => systemd("WATCHDOG=1") });
  if (container.savedCopy) console.log(`The database was upgraded; the old one is kept as ${container.savedCopy}`);
  await container.start().catch((error) => {
    throw new StartupError(`Cannot read or write the jobs in the database: ${rootCauseOf(error)}`);
  });
  Bun.gc(true);
  server.serve(container);
  const page = `http://${urlHostOf(host)}:${server.port}/web/status`;
  systemd(`STATUS=${page}`);
  systemd("READY=1");
  if (ignoredSettings.length > 0) container.logger.info({ settings: ignoredSettings }, "ignored retired settings");
  container.logger.info({ port: server.port, pid: process.pid, cgroup: cgroups.root }, "started");
  console.log(page);
  const cancelFirstCheck = systemClock.schedule(FIRST_CHECK_DELAY_MS, () => {
    void container.gatewayProbe.checkNow();
    // Frees what the start left, so that later requests fill its gaps: 1.2 MiB less after use (bench/README.md).
    Bun.gc(true);
  });
  return async () => {
    cancelFirstCheck();
    systemd("STATUS=Stopping");
    systemd("STOPPING=1");
    server.drain();
    await container.stopWork();
    await server.stop();
    await container.stop();
    container.logger.info({}, "stopped");
  };
};

/** Compose needs them. Those of an earlier release are first taken over, by the gateway's script. */
const missingSidecarFolders = (root: string): string[] =>
  existsSync(join(root, "data", OLD_SIDECAR_FOLDER))
    ? []
    : [...SIDECAR_FOLDERS, STATE_MOUNT_POINT].map((name) => join(root, "data", name));

const nameWeakTokens = async (names: readonly string[], environment: Environment): Promise<void> => {
  if (names.length === 0) return;
  const { RANDOM_TOKEN, setVariable } = await import("@/doctor/shell.ts");
  for (const name of names) {
    const file = environment[name] === undefined ? targetOf(envFilePath(environment)) : NO_ENV_FILE;
    console.log(
      `${name} is missing, shorter than 16 characters or easy to guess. For a new one, run this and restart:`,
    );
    console.log(`  ${setVariable(file, name, RANDOM_TOKEN)}`);
  }
};

const orStartupError = <Result>(what: string, action: () => Result): Result => {
  try {
    return action();
  } catch (error) {
    throw new StartupError(`${what}: ${messageOf(error)}`);
  }
};

/** Serves until SIGTERM or SIGINT; later signals are ignored. */
export const runServe: Command = async ({ environment }) => {
  const signal = Promise.withResolvers<void>();
  // Before the address is printed: a reader may send a signal at once.
  for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => signal.resolve());
  // Without a listener it would end the service, and systemd takes that for a stop.
  process.on("SIGHUP", () => {});
  const libc = openLibc();
  const systemd = createSystemd(environment.NOTIFY_SOCKET, libc);
  const stop = await start(environment, libc, systemd).catch((error: unknown) => {
    if (error instanceof StartupError) error.message = `Cannot start. ${error.message}`;
    systemd(`STATUS=${messageOf(error)}`);
    throw error;
  });
  await signal.promise;
  try {
    await stop();
    return 0;
  } catch (error) {
    console.error(`The stop failed: ${messageOf(error)}`);
    return 1;
  }
};
