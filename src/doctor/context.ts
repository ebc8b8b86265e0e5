import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "@/config.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import type { Clock } from "@/lib/clock.ts";
import { type Environment, envFilePath, NO_ENV_FILE, parseEnvFile, readEnvFile } from "@/lib/env-file.ts";
import { messageOf } from "@/lib/errors.ts";
import { hostPath } from "@/lib/paths.ts";
import { targetOf } from "@/lib/regular-file.ts";
import { isInDocker, readHostCommands } from "@/status/host-commands.ts";
import { readGatewayUnit, readUnit } from "@/status/unit-state.ts";
import type { StatusView } from "@/status/view.ts";
import { BACKEND_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import type { Finding } from "./finding.ts";
import { instanceOn, listenerOn } from "./proc.ts";

/** What several checks need of this host, read once. */
export const readHost = async (environment: Environment, clock: Clock) => {
  // Not a link, which the commands would replace by a file.
  const envPath = targetOf(envFilePath(environment));
  const env = readEnv(envPath);
  const usable = env.fault === undefined ? environment : { ...environment, BACKEND_ENV_FILE: NO_ENV_FILE };
  const { config, names, faults } = readConfig(usable);
  const holder = instanceOn(config.dbPath);
  const host = readHostCommands({ environment, home: config.home });
  const { PATH = "", DOCKER_HOST: dockerHost } = environment;
  const reader = { path: hostPath(PATH), dockerHost, subreaper: noSubreaper, fetch, clock };
  const hasUnit = existsSync(join(UNIT_FOLDER, BACKEND_UNIT));
  const units = {
    backend: hasUnit ? await readUnit(BACKEND_UNIT, reader) : undefined,
    gateway: await readGatewayUnit(host, reader),
  };
  return {
    clock,
    environment,
    envPath,
    env,
    /** Of all settings. */
    names,
    faults,
    config,
    /** Who uses our database, and who listens on our port. */
    holder,
    listener: listenerOn(config.port),
    database: inspectDatabase(config.dbPath, { isInUse: holder !== undefined }),
    /** As they are now; undefined for one that this host does not have. */
    units,
    host,
    hasGatewayInDocker: isInDocker(host),
  };
};

export type HostContext = Awaited<ReturnType<typeof readHost>>;

/** Also what the check of the running service has found, and its own status if that can be read. */
export type DoctorContext = HostContext & { instance: Finding; view?: StatusView | undefined };

/** `values` is undefined if there is no such file, or it cannot be read, which is a `fault`. */
const readEnv = (path: string): { text: string; values?: Record<string, string>; fault?: string } => {
  if (path === NO_ENV_FILE || !existsSync(path)) return { text: "" };
  try {
    const text = readEnvFile(path);
    return { text, values: parseEnvFile(text) };
  } catch (error) {
    return { text: "", fault: messageOf(error) };
  }
};
