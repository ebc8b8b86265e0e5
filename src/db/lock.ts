import { Database } from "bun:sqlite";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "@/lib/file-permissions.ts";

export const lockPathOf = (databasePath: string): string => `${databasePath}.lock`;

/**
 * One instance a database: an exclusive SQLite lock on a file beside it, which the kernel drops when the process
 * dies, however it dies.
 * @returns what gives it back.
 * @throws StartupError when another process has it.
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
