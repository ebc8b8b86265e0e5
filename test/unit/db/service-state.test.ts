import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { openDatabase } from "@/db/open.ts";
import { createWriteCheck } from "@/db/service-state.ts";

const folder = mkdtempSync(join(tmpdir(), "write-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const setUp = () => {
  const path = join(mkdtempSync(join(folder, "case-")), "state.db");
  openDatabase(path).close();
  const sqlite = new Database(path, { strict: true });
  sqlite.run("PRAGMA synchronous = FULL");
  const pragma = (name: string) => Object.values(sqlite.query<object, []>(`PRAGMA ${name}`).get() ?? {})[0];
  /** `synchronous` at each write. */
  const writes: unknown[] = [];
  const logQuery = (statement: string) => {
    if (!statement.startsWith("insert")) return;
    writes.push(pragma("synchronous"));
  };
  return { path, pragma, writes, canWrite: createWriteCheck(drizzle(sqlite, { logger: { logQuery } })) };
};

test("writes a row without waiting for the disk; what follows waits for it", () => {
  const { pragma, writes, canWrite } = setUp();
  expect(canWrite()).toBe(true);
  expect(writes).toEqual([1]);
  expect(pragma("synchronous")).toBe(2);
});

test("is false when two checks in a row meet another connection's lock, and true afterwards", () => {
  const { path, pragma, canWrite } = setUp();
  const other = new Database(path);
  other.run("BEGIN IMMEDIATE");
  expect([canWrite(), canWrite(), canWrite()]).toEqual([true, false, false]);
  other.run("ROLLBACK");
  expect(canWrite()).toBe(true);
  other.run("BEGIN IMMEDIATE");
  expect(canWrite()).toBe(true);
  other.close();
  expect(pragma("synchronous")).toBe(2);
});
