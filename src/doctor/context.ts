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

/** What several checks need, read once. */
export interface DoctorContext {
  clock: Clock;
  environment: Environment;
  envPath: string;
  envText: string;
  /** Its variables; undefined if there is no such file, or it cannot be read. */
  envFile: Readonly<Record<string, string>> | undefined;
  /** Why it cannot be read. */
  envFault: string | undefined;
  faults: readonly { name: string; message: string }[];
  /** With the default in place of each faulty setting. */
  config: Readonly<Config>;
  /** Who holds our database's lock, and who listens on our port. */
  holder: Owner | undefined;
  listener: Owner | undefined;
  database: Inspection;
  /** Which of the two have a systemd unit. */
  units: { backend: boolean; gateway: boolean };
}

export const createContext = (environment: Environment, clock: Clock): DoctorContext => {
  const envPath = envFilePath(environment);
  const env = readEnv(envPath);
  const usable = env.envFault === undefined ? environment : { ...environment, BACKEND_ENV_FILE: "/dev/null" };
  const faults = findSettingFaults(usable);
  const config = parseConfig({ ...usable, ...Object.fromEntries(faults.map(({ name }) => [name, ""])) });
  const holder = lockHolderOf(lockPathOf(config.dbPath));
  return {
    clock,
    environment,
    envPath,
    ...env,
    faults,
    config,
    holder,
    listener: listenerOn(config.port),
    database: inspectDatabase(config.dbPath, { isInUse: holder !== undefined }),
    units: {
      backend: existsSync(join(UNIT_FOLDER, BACKEND_UNIT)),
      gateway: existsSync(join(UNIT_FOLDER, GATEWAY_UNIT)),
    },
  };
};

const readEnv = (path: string): Pick<DoctorContext, "envText" | "envFile" | "envFault"> => {
  if (!existsSync(path)) return { envText: "", envFile: undefined, envFault: undefined };
  try {
    const envText = readFileSync(path, "utf8");
    return { envText, envFile: parseEnvFile(envText), envFault: undefined };
  } catch (error) {
    return { envText: "", envFile: undefined, envFault: messageOf(error) };
  }
};
