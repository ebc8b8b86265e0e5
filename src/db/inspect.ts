import { constants, Database } from "bun:sqlite";
import { pathToFileURL } from "node:url";
import { attempt, rootCauseOf } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };

/** What a file is, found without changing it or anything beside it. */
export type Inspection =
  | { kind: "missing" }
  /** Damaged, not a database, or not readable. */
  | { kind: "broken"; detail: string }
  /** An intact database without our tables. */
  | { kind: "foreign" }
  /** @property version how many of our migrations it has; 0 for a predecessor's file. */
  | { kind: "ours"; version: number; jobs: number; bytes: number };

export const NEWEST_VERSION = journal.entries.length;

/** @param isInUse a database that a service has open must be read through its write-ahead log. */
export const inspectDatabase = (path: string, { isInUse = false } = {}): Inspection => {
  const file = statsOf(path);
  if (!file) return { kind: "missing" };
  // SQLite takes an empty file for a new database.
  if (!file.isFile() || file.size === 0) return { kind: "broken", detail: file.isFile() ? "empty" : "not a file" };
  try {
    using sqlite = openToRead(path, isInUse);
    const [check] = sqlite.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").all();
    const verdict = check?.integrity_check ?? "no verdict";
    if (verdict !== "ok") return { kind: "broken", detail: verdict.replace(/\s+/g, " ") };
    const tables = tablesOf(sqlite);
    if (!tables.includes("executor_jobs") || !tables.includes("model_snapshots")) return { kind: "foreign" };
    return {
      kind: "ours",
      version: tables.includes("__drizzle_migrations") ? countOf(sqlite, "__drizzle_migrations") : 0,
      jobs: countOf(sqlite, "executor_jobs"),
      bytes: file.size + (statsOf(`${path}-wal`)?.size ?? 0),
    };
  } catch (error) {
    return { kind: "broken", detail: rootCauseOf(error) };
  }
};

/** The newest change of any job; undefined when the file cannot be read. */
export const newestChangeIn = (path: string): number | undefined =>
  attempt(() => {
    using sqlite = openToRead(path, false);
    return (
      sqlite.query<{ newest: number }, []>("SELECT max(change_seq) AS newest FROM executor_jobs").get()?.newest ?? 0
    );
  }, undefined);

/**
 * Even a reader creates -wal and -shm beside a database in WAL mode. One that nobody has open, and whose log is empty,
 * can be read as an immutable file.
 */
const openToRead = (path: string, isInUse: boolean): Database => {
  const log = statsOf(`${path}-wal`);
  if (isInUse || (log && log.size > 0)) return new Database(path, { readonly: true });
  const address = `${pathToFileURL(path).href}?immutable=1`;
  return new Database(address, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
};

/** Raw SQL, as Drizzle has no table of SQLite's own catalogue. */
export const tablesOf = (sqlite: Database): unknown[] =>
  sqlite.query("SELECT name FROM sqlite_master WHERE type = 'table'").values().flat();

const countOf = (sqlite: Database, table: string): number =>
  sqlite.query<{ count: number }, []>(`SELECT count(*) AS count FROM "${table}"`).get()?.count ?? 0;
