import { expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestEnd } from "@test/support/cleanup.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createJournals, type JobEvent, readInTurns } from "@/jobs/journal.ts";

const setUp = () => {
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  onTestEnd(() => rmSync(folder, { recursive: true }));
  const journals = createJournals({ folder, clock: createTestClock(), logger: silentLogger });
  return { folder, journals };
};

const state = (name: "queued" | "running" | "failed"): JobEvent => ({
  type: "state",
  state: name,
  error_code: "",
  error: "",
});

test("a journal that is full says so once, and still tells how the job ends", async () => {
  const { journals } = setUp();
  for (let n = 0; n < 400; n++) journals.append("a", { type: "output", stream: "stdout", text: "x".repeat(8000) });
  journals.append("a", state("failed"));

  const entries = await readInTurns(journals.read("a"));
  expect(entries.map(({ id }) => id)).toEqual(entries.map((_entry, index) => index + 1));
  expect(entries.slice(-2)).toMatchObject([
    { type: "warning", text: "further events are not kept" },
    { type: "state", state: "failed" },
  ]);
  expect(entries.length).toBeLessThan(270);
});

test("it is still full after a restart", async () => {
  const { folder, journals } = setUp();
  for (let n = 0; n < 400; n++) journals.append("a", { type: "output", stream: "stdout", text: "x".repeat(8000) });
  journals.release("a");
  const after = createJournals({ folder, clock: createTestClock(), logger: silentLogger });
  after.append("a", { type: "output", stream: "stdout", text: "more" });
  after.append("a", state("failed"));
  after.release("a");
  expect((await readInTurns(after.read("a"))).slice(-2)).toMatchObject([{ type: "warning" }, { type: "state" }]);
});

test("a journal stays within its bound whatever an event holds, with room for the end of the job", async () => {
  const { folder, journals } = setUp();
  const plan: JobEvent = { type: "plan", items: Array(1_000_000).fill({ text: "", completed: false }) };
  journals.append("a", plan);
  for (let n = 0; n < 300; n++) journals.append("a", { type: "message", text: "\0".repeat(8000) });
  for (const name of ["queued", "running", "failed"] as const) {
    journals.append("a", { ...state(name), error: "\0".repeat(100_000) } as JobEvent);
  }
  expect(statSync(join(folder, "a.jsonl")).size).toBeLessThan(2 * 1024 * 1024);
  expect((await readInTurns(journals.read("a"))).at(-1)).toMatchObject({ type: "state", state: "failed" });
});

test("a reader takes a slice at a time, and skips a line of an earlier version that is far too long", () => {
  const { folder, journals } = setUp();
  for (let n = 0; n < 100; n++) journals.append("a", { type: "message", text: "x".repeat(8000) });
  const path = join(folder, "a.jsonl");
  const long = JSON.stringify({ id: 101, at: "", type: "message", text: "1".repeat(30 * 1024 * 1024) });
  appendFileSync(path, `${long}\n`);
  const after = createJournals({ folder, clock: createTestClock(), logger: silentLogger });
  appendFileSync(path, `${JSON.stringify({ id: 102, at: "", ...state("failed") })}\n`);
  after.append("a", { type: "message", text: "not kept" });
  after.append("a", state("failed"));

  const readNext = after.read("a");
  const slices = Array.from({ length: 60 }, () => readNext());
  expect(Math.max(...slices.map((entries) => JSON.stringify(entries).length))).toBeLessThan(20_000);
  expect(slices.flat().map(({ id }) => id)).toEqual([...Array.from({ length: 100 }, (_, n) => n + 1), 102, 103]);
});

test("no file stays open", () => {
  const { journals } = setUp();
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const before = openFiles();
  const readNext = journals.read("a");
  journals.append("a", state("running"));
  expect(readNext()).toMatchObject([{ type: "state", state: "running" }]);
  journals.append("a", { type: "message", text: "hello" });
  expect(readNext()).toMatchObject([{ id: 2, type: "message", text: "hello" }]);
  expect(readNext()).toEqual([]);
  expect(openFiles()).toBe(before);
});

test("a line that a crash cut off is skipped, and the next entry begins on a line of its own", () => {
  const { folder, journals } = setUp();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a.jsonl"), '{"id":1,"at":"","type":"message","text":"whole"}\n{"id":2,"at":"","ty');
  journals.append("a", state("failed"));
  expect(journals.read("a")()).toMatchObject([
    { id: 1, text: "whole" },
    { id: 2, type: "state", state: "failed" },
  ]);
});

test("a journal that could not be written for a while goes on where it can", () => {
  const { folder, journals } = setUp();
  const path = join(folder, "a.jsonl");
  mkdirSync(path);
  journals.append("a", state("queued"));
  rmdirSync(path);
  journals.append("a", state("running"));
  expect(journals.read("a")()).toMatchObject([{ id: 1, type: "state", state: "running" }]);
});

test("the last line of a job under way is the end of what Codex said or did last", () => {
  const { journals } = setUp();
  expect(journals.lastLine("a")).toBe("");
  journals.append("a", { type: "command_started", command: "bun test" });
  expect(journals.lastLine("a")).toBe("$ bun test");
  journals.append("a", { type: "command_finished", command: "bun test", exit_code: 1, output: "one\ntwo failed\n\n" });
  expect(journals.lastLine("a")).toBe("two failed");
  journals.append("a", { type: "usage", usage: { input_tokens: 12 } });
  expect(journals.lastLine("a")).toBe("two failed");
  journals.append("b", { type: "message", text: "b" });
  expect(journals.lastLine("a")).toBe("two failed");
  journals.release("a");
  expect(journals.lastLine("a")).toBe("");
});

test("a long last line is cut between characters, and nothing more of it is kept", () => {
  const { journals } = setUp();
  journals.append("a", { type: "message", text: `first\n${"😀".repeat(10_000)}` });
  expect(journals.lastLine("a")).toBe(`${"😀".repeat(200)}…`);
});
