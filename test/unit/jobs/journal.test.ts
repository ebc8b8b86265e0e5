import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestEnd } from "@test/support/cleanup.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createJournals, type JobEvent } from "@/jobs/journal.ts";
import { silentLogger } from "@/lib/logger.ts";

const setUp = () => {
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  onTestEnd(() => rmSync(folder, { recursive: true }));
  const journals = createJournals({ folder, clock: createTestClock(), logger: silentLogger });
  onTestEnd(() => journals.release("a"));
  return { folder, journals };
};

const state = (name: "queued" | "running" | "failed"): JobEvent => ({
  type: "state",
  state: name,
  error_code: "",
  error: "",
});

test("a journal that is full says so once, and still tells how the job ends", () => {
  const { journals } = setUp();
  for (let n = 0; n < 400; n++) journals.append("a", { type: "output", stream: "stdout", text: "x".repeat(8000) });
  journals.append("a", state("failed"));

  const reader = journals.read("a");
  const entries = reader.next();
  reader.close();
  expect(entries.map(({ id }) => id)).toEqual(entries.map((_entry, index) => index + 1));
  expect(entries.slice(-2)).toMatchObject([
    { type: "warning", text: "further events are not kept" },
    { type: "state", state: "failed" },
  ]);
  expect(entries.length).toBeLessThan(270);
});

test("it is as full for whoever goes on with it after a restart", () => {
  const { folder, journals } = setUp();
  for (let n = 0; n < 400; n++) journals.append("a", { type: "output", stream: "stdout", text: "x".repeat(8000) });
  journals.release("a");
  const after = createJournals({ folder, clock: createTestClock(), logger: silentLogger });
  after.append("a", { type: "output", stream: "stdout", text: "more" });
  after.append("a", state("failed"));
  after.release("a");
  const reader = after.read("a");
  expect(reader.next().slice(-2)).toMatchObject([{ type: "warning" }, { type: "state" }]);
  reader.close();
});

test("a job that waits holds no file open, one that runs holds one, one that has ended none", () => {
  const { folder, journals } = setUp();
  const openFiles = () => readdirSync("/proc/self/fd").length;
  journals.append("b", state("queued"));
  journals.release("b");
  const before = openFiles();
  journals.append("a", state("queued"));
  expect(openFiles()).toBe(before);
  journals.append("a", state("running"));
  journals.append("a", { type: "message", text: "hello" });
  expect(openFiles()).toBe(before + 1);
  journals.release("a");
  expect(openFiles()).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(["a.jsonl", "b.jsonl"]);
});

test("a journal that could not be written for a while goes on where it can", () => {
  const { folder, journals } = setUp();
  const path = join(folder, "a.jsonl");
  mkdirSync(path);
  journals.append("a", state("queued"));
  rmdirSync(path);
  journals.append("a", state("running"));
  const reader = journals.read("a");
  expect(reader.next()).toMatchObject([{ id: 1, type: "state", state: "running" }]);
  reader.close();
});
