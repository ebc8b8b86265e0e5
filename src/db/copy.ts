import { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
import { PRIVATE_FILE } from "@/lib/file-permissions.ts";
import { BUSY_TIMEOUT_MS } from "./pragmas.ts";

/**
 * One state of the database `from` as a file of its own, whoever writes to it meanwhile. `to` is replaced, and on the
 * disk when this returns.
 */
export const copyDatabase = (from: string, to: string): void => {
  removeDatabase(to);
  // Made here, so that it is never readable by others.
  closeSync(openSync(to, "wx", PRIVATE_FILE));
  const sqlite = new Database(from, { readwrite: true, create: false });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.query("VACUUM INTO ?").run(to);
  } finally {
    sqlite.close();
  }
  syncToDisk(to);
};

/**
 * Puts what the write-ahead log holds into the file itself.
 * @throws when someone still reads from the log.
 */
export const foldLog = (path: string): void => {
  const sqlite = new Database(path, { readwrite: true, create: false });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const { busy } = sqlite.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? { busy: 1 };
    if (busy !== 0) throw new Error(`the log of ${path} is in use`);
  } finally {
    sqlite.close();
  }
};

/** The file and all that SQLite and the lock put beside it. */
export const removeDatabase = (path: string): void => {
  for (const suffix of ["", "-wal", "-shm", "-journal", ".lock", ".lock-journal"])
    rmSync(path + suffix, { force: true });
};

/** For a file its content, for a folder its names. */
export const syncToDisk = (path: string): void => {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};
