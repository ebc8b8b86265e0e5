import { Database } from "bun:sqlite";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "@/lib/file-permissions.ts";

export const lockPathOf = (databasePath: string): string => `${databasePath}.lock`;

/**
 * Allows one instance per database, by an exclusive SQLite lock on a file beside it. The kernel releases it when the
 * process dies.
 * @returns a function that releases it.
 * @throws StartupError when another process holds it.
 */
export const lockInstance = (databasePath: string): (() => void) => {
  const lockPath = lockPathOf(databasePath);
  try {
    mkdirSync(dirname(lockPath), { recursive: true, mode: PRIVATE_FOLDER });
    closeSync(openSync(lockPath, "a", PRIVATE_FILE));
  } catch (error) {
    throw new StartupError(`Cannot write in ${dirname(lockPath)}: ${messageOf(error)}`);
  }
  const lock = new Database(lockPath);
  try {
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new StartupError(`Another instance is using ${databasePath}; stop it first (${messageOf(error)}).`);
  }
  return () => lock.close();
};
