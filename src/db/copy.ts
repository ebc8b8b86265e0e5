import { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { PRIVATE_FILE } from "@/lib/file-permissions.ts";

/** For what runs before the service serves, or in a process of its own. */
export const BUSY_TIMEOUT_MS = 5000;

/** Copies one state of a database that may be written meanwhile. Replaces `to`, which is on the disk on return. */
export const copyDatabase = (from: string, to: string): void => {
  removeDatabase(to);
  // Created here with its mode, so that it is never readable by others.
  closeSync(openSync(to, "wx", PRIVATE_FILE));
  using sqlite = openExisting(from);
  sqlite.query("VACUUM INTO ?").run(to);
  syncToDisk(to);
};

/**
 * Moves the content of the write-ahead log into the file itself.
 * @throws when someone still reads from the log.
 */
export const foldLog = (path: string): void => {
  using sqlite = openExisting(path);
  const result = sqlite.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (result?.busy !== 0) throw new Error(`the log of ${path} is in use`);
};

const openExisting = (path: string): Database => {
  const sqlite = new Database(path, { readwrite: true, create: false });
  sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return sqlite;
};

/** The file, and all that SQLite and the lock put beside it. */
export const filesOfDatabase = (path: string): string[] =>
  ["", "-wal", "-shm", "-journal", ".lock", ".lock-journal"].map((suffix) => path + suffix);

export const removeDatabase = (path: string): void => {
  for (const file of filesOfDatabase(path)) rmSync(file, { force: true });
};

/** Of a file its content, of a folder its names. */
export const syncToDisk = (path: string): void => {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};
