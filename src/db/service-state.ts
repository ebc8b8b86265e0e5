import { eq, sql } from "drizzle-orm";
import { isLocked } from "@/lib/errors.ts";
import type { Db } from "./open.ts";
import { serviceState } from "./schema.ts";

/** Small values that survive a restart, as JSON by name. */
export const createServiceState = (db: Db) => ({
  load: (name: string): string | undefined =>
    db.select().from(serviceState).where(eq(serviceState.name, name)).get()?.value,
  save(name: string, value: string, updatedAt: string): void {
    const insert = db.insert(serviceState).values({ name, value, updatedAt });
    insert.onConflictDoUpdate({ target: serviceState.name, set: { value, updatedAt } }).run();
  },
});

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
  const insert = db.insert(serviceState).values({ name: "write_check", value: "1", updatedAt: "" });
  const upsert = insert.onConflictDoUpdate({
    target: serviceState.name,
    set: { value: sql`1 - ${serviceState.value}` },
  });
  let wasLocked = false;
  return () => {
    try {
      withoutSync(db, () => upsert.run());
      wasLocked = false;
      return true;
    } catch (error) {
      const isNew = isLocked(error) && !wasLocked;
      wasLocked = isLocked(error);
      return isNew;
    }
  };
};
