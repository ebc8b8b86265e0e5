import { chownSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import example from "../../.env.example" with { type: "text" };
import { messageOf, SettingError } from "./errors.ts";
import { PRIVATE_FILE } from "./file-permissions.ts";
import { newToken, newTraceId } from "./identity.ts";
import { readRegular, targetOf } from "./regular-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The executable is in the project's .cache/build. */
export const PROJECT_ROOT = resolve(
  Bun.isStandaloneExecutable ? join(process.execPath, "..") : import.meta.dir,
  "../..",
);

export const rootOf = (environment: Environment): string =>
  resolve(environment.OPENCLAW_BACKEND_ROOT?.trim() || PROJECT_ROOT);

/** The value of BACKEND_ENV_FILE for "no env file". */
export const NO_ENV_FILE = "/dev/null";
export const PLACEHOLDER_TOKEN = "replace_with_strong_random_token";
const PLACEHOLDERS = new RegExp(
  String.raw`^(\uFEFF?[ \t]*(\w+)[ \t]*=[ \t]*)(["']?)${PLACEHOLDER_TOKEN}\3(?=[ \t]*\r?$)`,
  "gm",
);
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
    throw new SettingError(`Cannot read the env file ${path}: ${messageOf(error)}`);
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

/** Puts a fresh token in place of each placeholder. @returns the variables, and the text. */
const withTokens = (text: string) => {
  const names: string[] = [];
  const filled = text.replace(PLACEHOLDERS, (_, before: string, name: string) => {
    names.push(name);
    return before + newToken();
  });
  return { names, filled };
};

/** Replaces the file at once, or fails if `place` does; a crash leaves no partial file. */
const writeDraft = (path: string, text: string, place: (draft: string) => void): void => {
  const draft = `${path}.${newTraceId()}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: PRIVATE_FILE, flush: true });
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
};

/** Writes `path` from the example with fresh tokens. @returns false for an existing file, which stays as it is. */
export const createEnvFile = (path: string): boolean => {
  if (existsSync(path)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const { uid, gid } = statSync(dirname(path));
  const text = withTokens(example).filled.replace(/^OPENCLAW_USER=.*$/m, `OPENCLAW_USER=${uid}:${gid}`);
  try {
    writeDraft(path, text, (draft) => linkSync(draft, path));
    return true;
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (isThere && existsSync(path)) return false;
    throw isThere ? new Error("it is a link to nothing") : error;
  }
};

/** Replaces placeholders of an existing file, as in a copy of the example, and nothing else. @returns their variables. */
export const fillPlaceholders = (path: string): string[] => {
  const { names, filled } = withTokens(readEnvFile(path));
  if (names.length === 0) return [];
  const file = targetOf(path);
  const { uid, gid } = statSync(file);
  writeDraft(file, filled, (draft) => {
    chownSync(draft, uid, gid);
    renameSync(draft, file);
  });
  return names;
};
