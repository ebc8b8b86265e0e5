import { sql } from "drizzle-orm";
import type { Db } from "./open.ts";
import { prepared } from "./prepared.ts";
import { serviceState } from "./schema.ts";

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

/**
 * Whether a row can be written, by writing one: a write that is rolled back never reaches the disk, and would not
 * notice a full one. Waits neither for a lock, which would block every other request, nor for an fsync.
 */
export const createWriteCheck = (db: Db): (() => boolean) => {
  const upsert = prepared(() =>
    db
      .insert(serviceState)
      .values({ name: "write_check", value: "1", updatedAt: "" })
      .onConflictDoUpdate({ target: serviceState.name, set: { value: sql`1 - ${serviceState.value}` } }),
  );
  return () => {
    try {
      db.run("PRAGMA busy_timeout = 0");
      withoutSync(db, () => upsert().run());
      return true;
    } catch {
      return false;
    } finally {
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  };
};
