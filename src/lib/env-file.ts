import { existsSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import example from "../../.env.example" with { type: "text" };
import { messageOf, StartupError } from "./errors.ts";
import { PRIVATE_FILE } from "./file-permissions.ts";
import { newToken, newTraceId } from "./ids.ts";
import { readRegular } from "./regular-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The executable is in the project's .cache/build. */
export const PROJECT_ROOT = resolve(
  Bun.isStandaloneExecutable ? join(process.execPath, "..") : import.meta.dir,
  "../..",
);

export const rootOf = (environment: Environment): string =>
  resolve(environment.OPENCLAW_BACKEND_ROOT?.trim() || PROJECT_ROOT);

/** As BACKEND_ENV_FILE: there is none. */
export const NO_ENV_FILE = "/dev/null";
const MAX_ENV_FILE_BYTES = 1024 * 1024;

/** Where the env file is, or would be created. */
export const envFilePath = (environment: Environment): string =>
  resolve(environment.BACKEND_ENV_FILE?.trim() || join(rootOf(environment), ".env"));

/** The env file's variables and the environment's, which win. */
export const readVariables = (environment: Environment): Environment => {
  const path = envFilePath(environment);
  try {
    return { ...parseEnvFile(readEnvFile(path)), ...environment };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { ...environment };
    throw new StartupError(`Cannot read the env file ${path}: ${messageOf(error)}`);
  }
};

/** @throws for what is not a file, or too large for one of settings. */
export const readEnvFile = (path: string): string =>
  path === NO_ENV_FILE ? "" : readRegular(path, MAX_ENV_FILE_BYTES);

/** `K=V` lines; `#` lines and lines without `=` are skipped; one pair of quotes is stripped; no `export`, no inline comments. */
export const parseEnvFile = (text: string): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const entry = line.trim();
    const separator = entry.indexOf("=");
    if (entry.startsWith("#") || separator < 1) continue;
    const value = entry.slice(separator + 1).trim();
    values[entry.slice(0, separator).trim()] = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  }
  return values;
};

/**
 * Writes `path` from the example with a fresh token in place of each `replace_with_strong_random_token`.
 * @returns false when the file is already there: it is never overwritten.
 */
export const createEnvFile = (path: string): boolean => {
  if (existsSync(path)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const { uid, gid } = statSync(dirname(path));
  const text: string = example
    .replaceAll("=replace_with_strong_random_token", () => `=${newToken()}`)
    .replace(/^OPENCLAW_USER=.*$/m, `OPENCLAW_USER=${uid}:${gid}`);
  // Linked into place when complete: fails if the file exists by now, and a crash leaves no partial file.
  const draft = `${path}.${newTraceId()}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: PRIVATE_FILE, flush: true });
    linkSync(draft, path);
    return true;
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (isThere && existsSync(path)) return false;
    throw isThere ? new Error("it is a link to nothing") : error;
  } finally {
    rmSync(draft, { force: true });
  }
};
