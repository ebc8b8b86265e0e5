import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attempt, SettingError } from "./errors.ts";
import { PRIVATE_FILE } from "./file-permissions.ts";
import { statsOf } from "./paths.ts";

const kinds = [
  ["isDirectory", "a directory"],
  ["isFIFO", "a named pipe"],
  ["isSocket", "a socket"],
  ["isCharacterDevice", "a device"],
  ["isBlockDevice", "a device"],
] as const satisfies (readonly [keyof Stats, string])[];

/** What a file is instead of a regular one; undefined for a regular one, or none. */
export const irregularity = (stats: Stats | undefined): string | undefined =>
  stats && kinds.find(([is]) => stats[is]())?.[1];

/**
 * Opens a regular file and nothing else: a pipe would block the process, and opening a device may already act on it.
 * @throws for anything else, which is left untouched, and what the file system throws.
 */
export const openRegular = (path: string, flags: number): number => {
  refuseIrregular(path, statsOf(path));
  // Something else may have taken the name meanwhile; a pipe then does not block.
  const fd = openSync(path, flags | constants.O_NONBLOCK | constants.O_NOCTTY, PRIVATE_FILE);
  try {
    refuseIrregular(path, fstatSync(fd));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

const refuseIrregular = (path: string, stats: Stats | undefined): void => {
  const kind = irregularity(stats);
  if (kind !== undefined) throw new Error(`${path} is ${kind}, not a regular file`);
};

/** Opens it as `openRegular` does, and closes it after `use`. */
export const withRegular = <Result>(path: string, flags: number, use: (fd: number) => Result): Result => {
  const fd = openRegular(path, flags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
};

/** @throws also for a file of more than `maxBytes`. */
export const readRegular = (path: string, maxBytes: number): string =>
  withRegular(path, constants.O_RDONLY, (fd) => {
    if (fstatSync(fd).size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`);
    return readFileSync(fd, "utf8");
  });

/** Two names of one file. */
export const isSameFile = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && one.ino === other?.ino && one.dev === other.dev;

/** Where symlinks lead; the path itself while nothing is there. */
export const targetOf = (path: string): string => attempt(() => realpathSync(path), path);

/** Paths by the setting that names them. */
type NamedPaths = readonly (readonly [setting: string, path: string])[];

/**
 * Checks our paths before any of them is created, opened or changed. What is missing passes.
 * @throws SettingError for one that leads to anything but a regular file or a folder, or for two that lead to one file.
 */
export const checkPaths = ({ files, folders = [] }: { files: NamedPaths; folders?: NamedPaths }): void => {
  const settings = new Map<string, string>();
  for (const [setting, path] of files) {
    const stats = statsOf(path);
    const kind = irregularity(stats);
    if (kind)
      throw new SettingError(`${setting}: ${path} is ${kind}; it must be a regular file and cannot be left out.`);
    const identity = stats ? `${stats.dev}:${stats.ino}` : join(targetOf(dirname(path)), basename(path));
    const other = settings.get(identity);
    if (other) throw new SettingError(`${setting} and ${other} lead to the same file, ${path}; each needs its own.`);
    settings.set(identity, setting);
  }
  for (const [setting, path] of folders) {
    const stats = statsOf(path);
    const kind = irregularity(stats) ?? "a file";
    if (stats && !stats.isDirectory()) throw new SettingError(`${setting}: ${path} is ${kind}; it must be a folder.`);
  }
};
