import { Database } from "bun:sqlite";
import { chmodSync, closeSync, openSync, renameSync } from "node:fs";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { rootCauseOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE } from "@/lib/file-permissions.ts";
import { copyDatabase } from "./copy.ts";
import { lockInstance } from "./lock.ts";
import { readMigrations } from "./read-migrations.ts" with { type: "macro" };
import type { Migration } from "./read-migrations.ts";
import { BUSY_TIMEOUT_MS } from "./write.ts";

export type Db = BunSQLiteDatabase;

export interface OpenDatabase {
  db: Db;
  /** The file saved before a migration changed an existing database. */
  savedCopy: string | undefined;
  close(): void;
}

/** Oldest first. */
const migrations: readonly Migration[] = readMigrations();

/**
 * Opens `path` for this instance alone, adopts a predecessor's file, and brings it to the newest schema.
 * @throws StartupError when another instance holds it, it cannot be written, or it is not a database of ours.
 */
export const openDatabase = (path: string): OpenDatabase => {
  const release = lockInstance(path);
  try {
    const sqlite = openFile(path);
    const savedCopy = migrate(sqlite, path);
    return {
      db: drizzle(sqlite),
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
  // Created here with its mode, which SQLite copies to the -wal and -shm: none is ever readable by others.
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

/**
 * Not Drizzle's own `migrate()`, which reads a folder that the executable does not have; its journal is the same.
 * @returns where the file was saved before it was changed.
 */
const migrate = (sqlite: Database, path: string): string | undefined => {
  const applied = lastApplied(sqlite);
  // Migrations only add, so a file that a newer version has added to can still be used.
  const pending = migrations.filter(({ at }) => at > applied);
  if (pending.length === 0) return undefined;

  const isNew = !hasTable(sqlite, "executor_jobs") && !hasTable(sqlite, "model_snapshots");
  const savedCopy = isNew ? undefined : saveCopy(path, applied);
  const apply = sqlite.transaction(() => {
    sqlite.run(
      "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)",
    );
    for (const { statements, hash, at } of pending) {
      for (const statement of statements) sqlite.run(statement);
      sqlite.query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)").run(hash, at);
    }
  });
  apply();
  return savedCopy;
};

const hasTable = (sqlite: Database, name: string): boolean =>
  sqlite.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== null;

/** Time stamp of the newest applied migration; 0 without one. */
const lastApplied = (sqlite: Database): number => {
  if (!hasTable(sqlite, "__drizzle_migrations")) return 0;
  const row = sqlite.query<{ at: number | null }, []>("SELECT max(created_at) AS at FROM __drizzle_migrations").get();
  return Number(row?.at ?? 0);
};

/** One copy per schema version, so that a migration that fails at every start does not fill the disk. */
const saveCopy = (path: string, version: number): string => {
  const copy = `${path}.before-migration-${version}`;
  copyDatabase(path, `${copy}.unfinished`);
  renameSync(`${copy}.unfinished`, copy);
  return copy;
};
