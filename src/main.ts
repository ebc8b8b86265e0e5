import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemClock } from "./clock.ts";
import { type Config, envFilePath, parseConfig } from "./config.ts";
import { buildDeps, type Deps } from "./deps.ts";
import { createEnvFile } from "./env-file.ts";
import { messageOf, rootCauseOf, StartupError } from "./errors.ts";
import { adoptOrphans } from "./executor/orphans.ts";
import { allowedHosts } from "./http/allowed-hosts.ts";
import { listen } from "./server.ts";

const PRIVATE_FOLDER = 0o700;
const EXAMPLE_ENV_FILE = resolve(import.meta.dir, "../.env.example");

/** @throws StartupError with the one sentence the operator needs. */
const start = async () => {
  const environment = { ...process.env };
  ensureEnvFile(envFilePath(environment));
  const config = parseConfig(environment);
  ensureFolders(config);
  const { host, port } = config;
  const server = listen({ host, port, allowedHosts: allowedHosts(host, config.allowedHosts), clock: systemClock });
  const deps = buildDeps(config, { orphans: adoptOrphans() });
  if (deps.savedCopy) console.log(`The database was upgraded; the old one is kept as ${deps.savedCopy}`);
  await startWork(deps);
  server.serve(deps.app);
  void deps.gatewayProbe.freshen();
  deps.logger.info({ port: server.port, pid: process.pid }, "started");
  console.log(`http://${pageHost(config.host)}:${server.port}/web/status`);
  return async () => {
    server.drain();
    await deps.stopWork();
    await server.stop();
    await deps.stop();
    deps.logger.info("stopped");
  };
};

const startWork = async (deps: Deps) => {
  try {
    await deps.start();
  } catch (error) {
    throw new StartupError(`Cannot read or write the jobs in the database: ${rootCauseOf(error)}`);
  }
};

const ensureEnvFile = (path: string) => {
  try {
    if (createEnvFile(path, EXAMPLE_ENV_FILE)) console.log(`Wrote ${path} with new random tokens (mode 0600).`);
  } catch (error) {
    throw new StartupError(`Cannot create the env file ${path}: ${messageOf(error)}`);
  }
};

const ensureFolders = ({ dbPath, logDir, auditPath }: Config) => {
  for (const folder of [dirname(dbPath), logDir, dirname(auditPath)]) {
    try {
      mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    } catch (error) {
      throw new StartupError(`Cannot create ${folder}: ${messageOf(error)}`);
    }
  }
};

/** A wildcard is no address to visit. */
const pageHost = (host: string) => {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
};

try {
  const stop = await start();
  let stopping = false;
  const onSignal = () => {
    if (stopping) return;
    stopping = true;
    void stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`The stop failed: ${messageOf(error)}`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(`Cannot start. ${error.message}`);
  process.exit(1);
}
