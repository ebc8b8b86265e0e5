import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { lockName } from "@/db/lock.ts";
import { openDatabase } from "@/db/open.ts";
import { serviceState } from "@/db/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "db-"));
afterAll(() => rmSync(folder, { recursive: true }));
const newPath = () => join(mkdtempSync(join(folder, "case-")), "state.db");

const rowsOf = (path: string) => {
  const database = new Database(path, { readonly: true });
  const rows = (table: string, columns = "*") => database.query(`SELECT ${columns} FROM ${table} ORDER BY rowid`).all();
  const modelColumns = "id, provider_id, model, provider_type, base_url, imported_at, source, trace_id";
  const syncColumns = "id, imported_at, source, provider_count, trace_id";
  const jobColumns =
    "job_id, state, executor, task, cwd, permission_level, allow_danger, created_at, started_at, finished_at, result_text, error_code, error, trace_id";
  const all = {
    jobs: rows("executor_jobs", jobColumns),
    models: rows("model_snapshots", modelColumns),
    syncs: rows("sync_events", syncColumns),
  };
  database.close();
  return all;
};

test("a new database is private and holds the newest schema", () => {
  const path = newPath();
  const { db, savedCopy, close } = openDatabase(path);
  const columns = db.all("SELECT name FROM pragma_table_info('executor_jobs')");
  expect(columns).toContainEqual({ name: "thread_id" });
  expect(db.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(db.all("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
  for (const name of readdirSync(dirname(path))) expect(statSync(join(dirname(path), name)).mode & 0o077).toBe(0);
  expect(savedCopy).toBeUndefined();
  close();
});

test("a predecessor's database is adopted with every row as it was, and a copy is kept", () => {
  const path = newPath();
  createPredecessorDatabase(path);
  const before = rowsOf(path);
  expect(before.jobs).toHaveLength(300);

  const first = openDatabase(path);
  first.close();

  expect(rowsOf(path)).toEqual(before);
  expect(first.savedCopy && rowsOf(first.savedCopy)).toEqual(before);
  const second = openDatabase(path);
  expect(second.savedCopy).toBeUndefined();
  second.close();
});

describe("is not opened", () => {
  test("while another instance has it", () => {
    const path = newPath();
    const { close } = openDatabase(path);
    expect(() => openDatabase(path)).toThrow("Another instance is using");
    close();
    openDatabase(path).close();
  });

  test("while another instance has it by a link that led to nothing before", () => {
    const path = newPath();
    const link = join(dirname(path), "link.db");
    symlinkSync("state.db", link);
    const { close } = openDatabase(link);
    // Earlier releases know this lock only.
    expect(() => lockName(path)).toThrow("Another instance is using");
    close();
    lockName(path)();
  });

  test("when it is no database, and the file is left as it was", () => {
    const path = newPath();
    writeFileSync(path, "this is a text of some length, and no database at all".repeat(100));
    expect(() => openDatabase(path)).toThrow("Cannot use the database");
    expect(statSync(path).size).toBe(5300);
  });

  test("where nothing can be written", () => {
    const path = newPath();
    mkdirSync(`${path}.lock`);
    expect(() => openDatabase(path)).toThrow("Cannot write in");
  });
});

test("closing folds the write-ahead log into the file, whatever statements Drizzle has prepared", () => {
  const path = newPath();
  const { db, close } = openDatabase(path);
  db.transaction(() => db.insert(serviceState).values({ name: "a", value: "1", updatedAt: "" }).prepare().run(), {
    behavior: "immediate",
  });
  expect(db.select().from(serviceState).prepare().all()).toHaveLength(1);
  close();
  expect(readdirSync(dirname(path)).filter((name) => name.includes("-wal") || name.includes("-shm"))).toEqual([]);
});

test("a file that a newer version has added to still opens", () => {
  const path = newPath();
  openDatabase(path).close();
  const database = new Database(path);
  database.run("ALTER TABLE executor_jobs ADD of_the_future text");
  database.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 9999999999999)");
  database.close();
  const { db, close } = openDatabase(path);
  expect(db.all("SELECT * FROM executor_jobs")).toEqual([]);
  close();
});

test("a migration that fails at every start keeps one copy, and says why on one line", () => {
  const path = newPath();
  createPredecessorDatabase(path);
  const database = new Database(path);
  database.run("ALTER TABLE executor_jobs DROP COLUMN trace_id");
  database.close();
  for (let n = 0; n < 3; n++)
    expect(() => openDatabase(path)).toThrow(/^Cannot use the database [^\n]*no such column: trace_id[^\n]*$/);
  expect(readdirSync(dirname(path)).filter((name) => name.includes("before-migration"))).toHaveLength(1);
});

test("a migration that fails leaves the predecessor's rows untouched", () => {
  const path = newPath();
  createPredecessorDatabase(path);
  const database = new Database(path);
  database.run("CREATE VIEW everyone AS SELECT * FROM executor_jobs");
  database.close();
  const before = rowsOf(path);
  expect(() => openDatabase(path)).toThrow(/^Cannot use the database .*view everyone/);
  expect(rowsOf(path)).toEqual(before);
});
