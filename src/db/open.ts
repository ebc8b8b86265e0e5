import { Database } from "bun:sqlite";
import { chmodSync, closeSync, openSync, renameSync, rmSync } from "node:fs";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { rootCauseOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE } from "@/lib/file-permissions.ts";
import { lockInstance } from "./lock.ts";
import { BUSY_TIMEOUT_MS } from "./pragmas.ts";
import { readMigrations } from "./read-migrations.ts" with { type: "macro" };
import type { Migration } from "./read-migrations.ts";
import { compileOnUse, type Db } from "./statements.ts";

/** Oldest first. */
const migrations: readonly Migration[] = readMigrations();
/** Drizzle's own journal, so that its tools and earlier versions of ours read it. */
const CREATE_JOURNAL =
  "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)";

export type { Db } from "./statements.ts";
export type Drizzle = BunSQLiteDatabase;

export interface OpenDatabase {
  db: Drizzle;
  /** For repositories that still write their SQL by hand. */
  raw: Db;
  /** The file saved before a migration changed an existing database. */
  savedCopy: string | undefined;
  close(): void;
}

/**
 * Opens `path` for this instance alone, adopts a predecessor's file, and brings it to the newest schema.
 * @throws StartupError when another instance holds it, it cannot be written, or it is not a database of ours.
 */
export const openDatabase = (path: string): OpenDatabase => {
  const release = lockInstance(path);
  try {
    const sqlite = openFile(path);
    const savedCopy = bringUpToDate(sqlite, path);
    return {
      db: drizzle(sqlite),
      raw: compileOnUse(sqlite),
      savedCopy,
      close() {
        sqlite.close();
        release();
      },
    };
  } catch (error) {
    release();
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot use the database ${path}: ${rootCauseOf(error)}`, { cause: error });
  }
};

const openFile = (path: string): Database => {
  // Made here, so that neither the file nor the -wal and -shm that copy its mode are ever readable by others.
  closeSync(openSync(path, "a", PRIVATE_FILE));
  chmodSync(path, PRIVATE_FILE);
  const sqlite = new Database(path, { strict: true });
  // Drizzle calls only `prepare`. Bun finalizes the statements of `query` on close, and SQLite then removes the log.
  sqlite.prepare = sqlite.query;
  sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  sqlite.run("PRAGMA journal_mode = WAL");
  sqlite.run("PRAGMA synchronous = FULL");
  sqlite.run("PRAGMA foreign_keys = ON");
  return sqlite;
};

const bringUpToDate = (sqlite: Database, path: string): string | undefined => {
  const applied = lastApplied(sqlite);
  // Migrations only add, so a file that a newer version has added to still serves this one.
  const pending = migrations.filter(({ at }) => at > applied);
  if (pending.length === 0) return undefined;

  const isNew = !hasTable(sqlite, "executor_jobs") && !hasTable(sqlite, "model_snapshots");
  const savedCopy = isNew ? undefined : saveCopy(sqlite, path, applied);
  const [first] = pending;
  const isPredecessors = !isNew && applied === 0;
  sqlite.transaction(() => {
    sqlite.run(CREATE_JOURNAL);
    for (const migration of pending) apply(sqlite, migration, { keepTables: isPredecessors && migration === first });
  })();
  return savedCopy;
};

/** The predecessor's tables are the first migration: only those that are missing are made. */
const apply = (sqlite: Database, { statements, hash, at }: Migration, { keepTables }: { keepTables: boolean }) => {
  for (const statement of statements) {
    const table = /CREATE TABLE `(\w+)`/.exec(statement)?.[1];
    if (!keepTables || table === undefined || !hasTable(sqlite, table)) sqlite.run(statement);
  }
  sqlite.query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)").run(hash, at);
};

const hasTable = (sqlite: Database, name: string): boolean =>
  sqlite.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== null;

/** Time stamp of the newest migration in Drizzle's journal; 0 without one. */
const lastApplied = (sqlite: Database): number => {
  if (!hasTable(sqlite, "__drizzle_migrations")) return 0;
  const row = sqlite.query<{ at: number | null }, []>("SELECT max(created_at) AS at FROM __drizzle_migrations").get();
  return Number(row?.at ?? 0);
};

/** One copy a schema version: a migration that fails at every start does not fill the disk. */
const saveCopy = (sqlite: Database, path: string, version: number): string => {
  const copy = `${path}.before-migration-${version}`;
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, "wx", PRIVATE_FILE));
  sqlite.query("VACUUM INTO ?").run(unfinished);
  renameSync(unfinished, copy);
  return copy;
};
