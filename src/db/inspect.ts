import { constants, Database } from "bun:sqlite";
import { pathToFileURL } from "node:url";
import { rootCauseOf } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };

/** What a file is, without changing it or anything beside it. */
export type Inspection =
  | { kind: "missing" }
  /** Damaged, no database at all, or not to be read. */
  | { kind: "broken"; detail: string }
  /** A database in order, with none of our tables. */
  | { kind: "foreign" }
  /** @property version how many of our migrations it has; 0 for a predecessor's file. */
  | { kind: "ours"; version: number; jobs: number; bytes: number };

export const NEWEST_VERSION = journal.entries.length;

/** @param isInUse when a service has it open, it must be read through its write-ahead log. */
export const inspectDatabase = (path: string, { isInUse = false } = {}): Inspection => {
  const file = statsOf(path);
  if (!file) return { kind: "missing" };
  // SQLite takes an empty file for a new database.
  if (!file.isFile() || file.size === 0) return { kind: "broken", detail: file.isFile() ? "empty" : "not a file" };
  try {
    const sqlite = openToRead(path, isInUse);
    try {
      const verdicts = sqlite.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").all();
      const verdict = verdicts[0]?.integrity_check ?? "no verdict";
      if (verdict !== "ok") return { kind: "broken", detail: verdict.replace(/\s+/g, " ") };
      const tables = new Set(
        sqlite
          .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'")
          .all()
          .map(({ name }) => name),
      );
      if (!tables.has("executor_jobs") || !tables.has("model_snapshots")) return { kind: "foreign" };
      const version = tables.has("__drizzle_migrations") ? countOf(sqlite, "__drizzle_migrations") : 0;
      const bytes = file.size + (statsOf(`${path}-wal`)?.size ?? 0);
      return { kind: "ours", version, jobs: countOf(sqlite, "executor_jobs"), bytes };
    } finally {
      sqlite.close();
    }
  } catch (error) {
    return { kind: "broken", detail: rootCauseOf(error) };
  }
};

/**
 * A database in WAL mode gets a -wal and a -shm even from a reader. One that nobody has open, and that has nothing in
 * its log, can be read as a file that does not change.
 */
const openToRead = (path: string, isInUse: boolean): Database => {
  const log = statsOf(`${path}-wal`);
  if (isInUse || (log && log.size > 0)) return new Database(path, { readonly: true });
  const address = `${pathToFileURL(path).href}?immutable=1`;
  return new Database(address, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
};

const countOf = (sqlite: Database, table: string): number =>
  sqlite.query<{ count: number }, []>(`SELECT count(*) AS count FROM "${table}"`).get()?.count ?? 0;
