import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@test/support/test-clock.ts";
import { openDatabase } from "@/db/open.ts";
import { createRunningTime } from "@/db/running-time.ts";

const DAY_MS = 86_400_000;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const setUp = () => {
  const folder = mkdtempSync(join(tmpdir(), "running-time-"));
  const { db, close } = openDatabase(join(folder, "state.db"));
  cleanups.push(() => rmSync(folder, { recursive: true }), close);
  const clock = createTestClock("2026-03-01T00:00:00Z");
  return { db, clock, open: (at = clock) => createRunningTime({ db, clock: at }) };
};

test("begins with the wall clock's and is moved by no jump", async () => {
  const { clock, open } = setUp();
  const time = open();
  for (const days of [365, -730, 1]) {
    clock.jump(days * DAY_MS);
    await clock.advance(1000);
  }
  expect(time.now().toISOString()).toBe("2026-03-01T00:00:03.000Z");
});

test("goes on after a restart where it was saved, at most ten minutes before", async () => {
  const { clock, open } = setUp();
  const before = open();
  before.save();
  await clock.advance(599_000);
  before.save();
  expect(open().now().toISOString()).toBe("2026-03-01T00:00:00.000Z");
  await clock.advance(1000);
  before.save();
  const restarted = createTestClock("2030-01-01T00:00:00Z");
  expect(open(restarted).now().toISOString()).toBe("2026-03-01T00:10:00.000Z");
});

test("begins with the newest job of a database that another version has written, if that is earlier", () => {
  const { db, open } = setUp();
  db.run(`INSERT INTO executor_jobs
    (job_id, state, executor, task, cwd, permission_level, allow_danger, created_at, trace_id)
    VALUES ('a', 'queued', 'codex', 't', '/', 'L3', 0, '2025-01-01T00:00:00Z', 't')`);
  expect(open().now().toISOString()).toBe("2025-01-01T00:00:00.000Z");
});
