import { Database } from "bun:sqlite";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { AppError, attempt, rootCauseOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FILE } from "@/lib/file-permissions.ts";
import { statsOf } from "@/lib/paths.ts";
import { isSameFile, targetOf } from "@/lib/regular-file.ts";
import { BUSY_TIMEOUT_MS, copyDatabase } from "./copy.ts";
import { tablesOf } from "./inspect.ts";
import { lockFile, lockName } from "./lock.ts";
import { readMigrations } from "./read-migrations.ts" with { type: "macro" };

export type Db = BunSQLiteDatabase;

export type OpenDatabase = ReturnType<typeof openDatabase>;

/** Oldest first. */
const migrations = readMigrations();

/**
 * Opens `path` for this instance alone, adopts a predecessor's file, and brings it to the newest schema.
 * @throws StartupError when another instance holds it, it cannot be written, or it is not a database of ours.
 */
export const openDatabase = (path: string) => {
  using parts = new DisposableStack();
  try {
    // First, as a link names nothing before its file is there.
    const file = parts.adopt(lockFile(path, constants.O_RDWR | constants.O_CREAT), closeSync);
    parts.defer(lockName(path));
    // Only now: the file is ours. SQLite copies the mode to the -wal and -shm, so none is ever readable by others.
    fchmodSync(file, PRIVATE_FILE);
    const target = targetOf(path);
    refuseHardLinks(target);
    const sqlite = parts.adopt(openFile(target), (database) => database.close());
    const savedCopy = migrate(sqlite, target);
    sqlite.run("PRAGMA foreign_keys = ON");
    // From here on nothing waits inside SQLite, which would block the event loop: see lib/retry.ts.
    sqlite.run("PRAGMA busy_timeout = 0");
    const isInPlace = watch({ [path]: fstatSync(file), ...statsByPath(`${target}-wal`, `${target}-shm`) });
    const moveLogIntoFile = () => attempt(() => sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)"), undefined);
    if (!isInPlace()) throw new Error("it was replaced while it was opened");
    const opened = parts.move();
    const close = () => {
      // Otherwise SQLite would apply the log to the file that has taken the name.
      if (!opened.disposed && !isInPlace()) moveLogIntoFile();
      opened.dispose();
    };
    return {
      db: drizzle(sqlite, {
        // Called before every statement. A write to a file that has lost its name would be lost.
        logger: {
          logQuery(query) {
            if (!WRITE.test(query) || isInPlace()) return;
            moveLogIntoFile();
            throw new AppError("database_unavailable", {}, { cause: new Error(`${path} was moved or replaced`) });
          },
        },
      }),
      /** The file saved before a migration changed an existing database. */
      savedCopy,
      /** False once the file, its log or its index was deleted, moved or replaced; true again when it is back. */
      isInPlace,
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot use the database ${path}: ${rootCauseOf(error)}`, { cause: error });
  }
};

const statsByPath = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, statSync(path)]));

const watch = (parts: Record<string, Stats>) => (): boolean =>
  attempt(() => Object.entries(parts).every(([path, stats]) => isSameFile(statsOf(path), stats)), false);

const WRITE = /^(?:insert|update|delete)/;

/** SQLite keeps a log for each name of a file: two names would be two logs of one database. */
const refuseHardLinks = (path: string): void => {
  const stats = statSync(path);
  if (stats.nlink === 1) return;
  // A restore that was cut off has given the file that it was to replace this second name.
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.replaced-`));
  for (const name of names.map((name) => join(dirname(path), name))) {
    if (isSameFile(statsOf(name), stats)) rmSync(name);
  }
  if (statSync(path).nlink === 1) return;
  const find = `find ${dirname(path)} -samefile ${path}`;
  throw new StartupError(
    `Cannot use the database ${path}: the file has a second name (hard link), found by \`${find}\`; remove one.`,
  );
};

const openFile = (path: string): Database => {
  const sqlite = new Database(path, { strict: true });
  // Drizzle calls only `prepare`. Bun finalizes the statements of `query` on close, and SQLite then removes the log.
  sqlite.prepare = sqlite.query;
  sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  sqlite.run("PRAGMA journal_mode = WAL");
  sqlite.run("PRAGMA synchronous = FULL");
  // The log grows while another program reads from it; then it is cut to this.
  sqlite.run("PRAGMA journal_size_limit = 8388608");
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
