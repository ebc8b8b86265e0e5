import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, findSettingFaults, parseConfig } from "@/config.ts";
import { type Inspection, inspectDatabase } from "@/db/inspect.ts";
import { lockPathOf } from "@/db/lock.ts";
import type { Clock } from "@/lib/clock.ts";
import { type Environment, envFilePath, parseEnvFile } from "@/lib/env-file.ts";
import { messageOf } from "@/lib/errors.ts";
import { BACKEND_UNIT, GATEWAY_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import { listenerOn, lockHolderOf, type Owner } from "./proc.ts";

/** What several checks look at, read once. */
export interface DoctorContext {
  clock: Clock;
  environment: Environment;
  envPath: string;
  /** Its variables; undefined when there is no such file. */
  envFile: Readonly<Record<string, string>> | undefined;
  envText: string;
  /** Why it cannot be read, if it is there. */
  envFault: string | undefined;
  faults: readonly { name: string; message: string }[];
  /** With the default in place of each faulty setting. */
  config: Readonly<Config>;
  /** Who has our database, and who our port. */
  holder: Owner | undefined;
  listener: Owner | undefined;
  database: Inspection;
  /** How the gateway and the backend are started on this host. */
  units: { backend: boolean; gateway: boolean };
}

export const createContext = (environment: Environment, clock: Clock): DoctorContext => {
  const envPath = envFilePath(environment);
  const { envText, envFault } = readText(envPath);
  const usable = envFault === undefined ? environment : { ...environment, BACKEND_ENV_FILE: "/dev/null" };
  const faults = findSettingFaults(usable);
  const config = parseConfig({ ...usable, ...Object.fromEntries(faults.map(({ name }) => [name, ""])) });
  const holder = lockHolderOf(lockPathOf(config.dbPath));
  return {
    clock,
    environment,
    envPath,
    envText,
    envFault,
    envFile: existsSync(envPath) && envFault === undefined ? parseEnvFile(envText) : undefined,
    faults,
    config,
    holder,
    database: inspectDatabase(config.dbPath, { isInUse: holder !== undefined }),
    listener: listenerOn(config.port),
    units: {
      backend: existsSync(join(UNIT_FOLDER, BACKEND_UNIT)),
      gateway: existsSync(join(UNIT_FOLDER, GATEWAY_UNIT)),
    },
  };
};

const readText = (path: string): { envText: string; envFault: string | undefined } => {
  try {
    return { envText: existsSync(path) ? readFileSync(path, "utf8") : "", envFault: undefined };
  } catch (error) {
    return { envText: "", envFault: messageOf(error) };
  }
};
