import type { Db } from "./open.ts";

export const BUSY_TIMEOUT_MS = 5000;

/** What `write` commits does not wait for the disk, and may be lost in a power failure. */
export const withoutSync = <Result>(db: Db, write: () => Result): Result => {
  db.run("PRAGMA synchronous = NORMAL");
  try {
    return write();
  } finally {
    db.run("PRAGMA synchronous = FULL");
  }
};
