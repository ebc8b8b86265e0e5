import type { Drizzle } from "./open.ts";

export const BUSY_TIMEOUT_MS = 5000;

/** Commits made by `write` may be lost in a power failure: they do not wait for the disk. */
export const withoutSync = <Result>(db: Drizzle, write: () => Result): Result => {
  db.run("PRAGMA synchronous = NORMAL");
  try {
    return write();
  } finally {
    db.run("PRAGMA synchronous = FULL");
  }
};
