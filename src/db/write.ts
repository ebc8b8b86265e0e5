import { sql } from "drizzle-orm";
import { isLocked } from "@/lib/errors.ts";
import type { Db } from "./open.ts";
import { serviceState } from "./schema.ts";
import { prepared } from "./statements.ts";

/** For what runs before the service serves, or in a process of its own. */
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
 * notice a full one. Does not wait for an fsync. A lock counts only if the next check meets it too.
 */
export const createWriteCheck = (db: Db): (() => boolean) => {
  const upsert = prepared(() =>
    db
      .insert(serviceState)
      .values({ name: "write_check", value: "1", updatedAt: "" })
      .onConflictDoUpdate({ target: serviceState.name, set: { value: sql`1 - ${serviceState.value}` } }),
  );
  let wasLocked = false;
  return () => {
    try {
      withoutSync(db, () => upsert().run());
      wasLocked = false;
      return true;
    } catch (error) {
      const isNew = isLocked(error) && !wasLocked;
      wasLocked = isLocked(error);
      return isNew;
    }
  };
};
