import { BUSY_TIMEOUT_MS } from "./pragmas.ts";
import type { Db } from "./statements.ts";

/**
 * Whether a row can be written, by writing one: a write that is rolled back never reaches the disk, and would not
 * notice a full one. It does not wait for a lock, since every other request would wait with it, nor for an fsync:
 * the row may be lost.
 */
export const createWriteCheck = (db: Db): (() => boolean) => {
  const write = db.query(
    "INSERT INTO service_state (name, value, updated_at) VALUES ('write_check', '1', '') " +
      "ON CONFLICT (name) DO UPDATE SET value = 1 - value",
  );
  return () => {
    try {
      db.run("PRAGMA busy_timeout = 0");
      db.run("PRAGMA synchronous = NORMAL");
      write.run();
      return true;
    } catch {
      return false;
    } finally {
      db.run("PRAGMA synchronous = FULL");
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  };
};
