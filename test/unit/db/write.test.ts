import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { openDatabase } from "@/db/open.ts";
import { createWriteCheck } from "@/db/write.ts";

const folder = mkdtempSync(join(tmpdir(), "write-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const setUp = () => {
  const path = join(mkdtempSync(join(folder, "case-")), "state.db");
  openDatabase(path).close();
  const sqlite = new Database(path, { strict: true });
  sqlite.run("PRAGMA synchronous = FULL");
  const pragma = (name: string) => Object.values(sqlite.query<object, []>(`PRAGMA ${name}`).get() ?? {})[0];
  /** The pragmas at each write. */
  const writes: unknown[] = [];
  const logQuery = (statement: string) => {
    if (!statement.startsWith("insert")) return;
    writes.push({ synchronous: pragma("synchronous"), timeoutMs: pragma("busy_timeout") });
  };
  return { path, pragma, writes, canWrite: createWriteCheck(drizzle(sqlite, { logger: { logQuery } })) };
};

test("writes a row without waiting for the disk or a lock; what follows waits for both", () => {
  const { pragma, writes, canWrite } = setUp();
  expect(canWrite()).toBe(true);
  expect(writes).toEqual([{ synchronous: 1, timeoutMs: 0 }]);
  expect([pragma("synchronous"), pragma("busy_timeout")]).toEqual([2, 5000]);
});

test("is false while another connection holds the lock, and true afterwards", () => {
  const { path, pragma, canWrite } = setUp();
  const other = new Database(path);
  other.run("BEGIN IMMEDIATE");
  expect(canWrite()).toBe(false);
  other.run("ROLLBACK");
  other.close();
  expect(canWrite()).toBe(true);
  expect(pragma("synchronous")).toBe(2);
});
