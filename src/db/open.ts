import { Database } from "bun:sqlite";
import { chmodSync, closeSync, mkdirSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { messageOf, rootCauseOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import { copyDatabase } from "./copy.ts";
import { tablesOf } from "./inspect.ts";
import { readMigrations } from "./read-migrations.ts" with { type: "macro" };
import { BUSY_TIMEOUT_MS } from "./write.ts";

export type Db = BunSQLiteDatabase;

export type OpenDatabase = ReturnType<typeof openDatabase>;

/** Oldest first. */
const migrations = readMigrations();

/**
 * Opens `path` for this instance alone, adopts a predecessor's file, and brings it to the newest schema.
 * @throws StartupError when another instance holds it, it cannot be written, or it is not a database of ours.
 */
export const openDatabase = (path: string) => {
  const release = lockInstance(path);
  try {
    const sqlite = openFile(path);
    const savedCopy = migrate(sqlite, path);
    // From here on nothing waits inside SQLite, which would block the event loop: see lib/retry.ts.
    sqlite.run("PRAGMA busy_timeout = 0");
    return {
      db: drizzle(sqlite),
      /** The file saved before a migration changed an existing database. */
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

export const lockPathOf = (databasePath: string): string => `${databasePath}.lock`;

/**
 * Allows one instance per database, by an exclusive SQLite lock on a file beside it. The kernel releases it when the
 * process dies.
 * @returns a function that releases it.
 * @throws StartupError when another process holds it.
 */
export const lockInstance = (databasePath: string): (() => void) => {
  const lockPath = lockPathOf(databasePath);
  try {
    mkdirSync(dirname(lockPath), { recursive: true, mode: PRIVATE_FOLDER });
    closeSync(openSync(lockPath, "a", PRIVATE_FILE));
  } catch (error) {
    throw new StartupError(`Cannot write in ${dirname(lockPath)}: ${messageOf(error)}`);
  }
  const lock = new Database(lockPath);
  try {
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new StartupError(`Another instance is using ${databasePath}; stop it first (${messageOf(error)}).`);
  }
  return () => lock.close();
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
  // The log grows while another program reads from it; then it is cut to this.
  sqlite.run("PRAGMA journal_size_limit = 16777216");
  return sqlite;
};

/**
 * Not Drizzle's own `migrate()`, which reads a folder that the executable does not have; its journal is the same,
 * and written by raw SQL, since it is Drizzle's table and not of our schema.
 * @returns where the file was saved before it was changed.
 */
const migrate = (sqlite: Database, path: string): string | undefined => {
  const tables = tablesOf(sqlite);
  const newest = () =>
    sqlite.query<{ at: number }, []>("SELECT max(created_at) AS at FROM __drizzle_migrations").get()?.at ?? 0;
  const applied = tables.includes("__drizzle_migrations") ? newest() : 0;
  // Migrations only add, so a file that a newer version has added to can still be used.
  const pending = migrations.filter(({ folderMillis }) => folderMillis > applied);
  if (pending.length === 0) return undefined;

  const isNew = !tables.includes("executor_jobs") && !tables.includes("model_snapshots");
  const savedCopy = isNew ? undefined : saveCopy(path, applied);
  const apply = sqlite.transaction(() => {
    sqlite.run(
      "CREATE TABLE IF NOT EXISTS __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)",
    );
    for (const { sql, hash, folderMillis } of pending) {
      for (const statement of sql) sqlite.run(statement);
      sqlite.query("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)").run(hash, folderMillis);
    }
  });
  apply();
  return savedCopy;
};

/** One copy per schema version, so that a migration that fails at every start does not fill the disk. */
const saveCopy = (path: string, version: number): string => {
  const copy = `${path}.before-migration-${version}`;
  copyDatabase(path, `${copy}.unfinished`);
  renameSync(`${copy}.unfinished`, copy);
  return copy;
};
