import { expect, test } from "bun:test";
import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import fc from "fast-check";
import type { AuditEntryView, AuditQuery } from "@/audit/reader.ts";
import { createAuditReader } from "@/audit/reader.ts";

const record = (n: number, changes: object = {}) => ({
  time: "2026-03-01T00:00:00Z",
  trace_id: `t-${n}`,
  action_category: "host_exec",
  action_type: "backend_exec_job",
  status: "queued",
  error_code: "",
  error: "",
  denied: false,
  decision_reason: "executor_job_submitted",
  ...changes,
});
const lines = (...records: (object | string)[]) =>
  records.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const idsOf = (entries: AuditEntryView[]) =>
  entries.map((entry) => (entry.kind === "record" ? entry.trace_id : `unreadable ${entry.bytes}`));

const setUp = () => {
  const path = join(newRoot(), "audit.jsonl");
  const reader = createAuditReader({ path, keep: 2, turns: async () => {} });
  const read = (query: Partial<AuditQuery> = {}) => reader.read({ action: "", outcome: "", before: "", ...query });
  const readAll = async (query: Partial<AuditQuery> = {}) => {
    const ids: string[] = [];
    for (let before = ""; ; ) {
      const { entries, next } = await read({ ...query, before });
      ids.push(...idsOf(entries));
      if (next === "") return ids;
      before = next;
    }
  };
  return { path, read, readAll };
};

test("without a log there is nothing to show", async () => {
  expect(await setUp().read()).toEqual({ entries: [], next: "" });
});

test("the newest record comes first, with every field it has", async () => {
  const { path, read } = setUp();
  const params = { executor: "codex", cwd: "/tmp" };
  writeFileSync(
    path,
    lines(record(1), record(2, { job_id: "j", denied: true, error_code: "e", params_summary: params })),
  );
  const { entries } = await read();
  expect(idsOf(entries)).toEqual(["t-2", "t-1"]);
  expect(entries[0]).toEqual({
    kind: "record",
    time: "2026-03-01T00:00:00Z",
    trace_id: "t-2",
    category: "host_exec",
    action: "backend_exec_job",
    job_id: "j",
    status: "queued",
    error_code: "e",
    error: "",
    denied: true,
    reason: "executor_job_submitted",
    error_detail: "null",
    params: JSON.stringify(params),
  });
});

test("pages go on where the last one ended, through rotated files, while the log grows and turns", async () => {
  const { path, read } = setUp();
  writeFileSync(`${path}.2`, lines(...range(0, 30).map((n) => record(n))));
  writeFileSync(`${path}.1`, lines(...range(30, 60).map((n) => record(n))));
  writeFileSync(path, lines(...range(60, 90).map((n) => record(n))));
  const first = await read();
  appendFileSync(path, lines(record(90)));
  renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, lines(record(91)));
  const second = await read({ before: first.next });
  expect(idsOf(first.entries)).toEqual(
    range(40, 90)
      .reverse()
      .map((n) => `t-${n}`),
  );
  // The oldest file has been rotated away.
  expect(idsOf(second.entries)).toEqual(
    range(30, 40)
      .reverse()
      .map((n) => `t-${n}`),
  );
  expect(second.next).toBe("");
  expect(idsOf((await read()).entries).slice(0, 3)).toEqual(["t-91", "t-90", "t-89"]);
});

test("filters by action and by outcome", async () => {
  const { path, readAll } = setUp();
  const pull = { action_type: "pull_astr_models" };
  writeFileSync(
    path,
    lines(record(1), record(2, pull), record(3, { ...pull, denied: true }), record(4, { error: '"pull_astr_models"' })),
  );
  expect(await readAll({ action: "pull_astr_models" })).toEqual(["t-3", "t-2"]);
  expect(await readAll({ action: "pull_astr_models", outcome: "denied" })).toEqual(["t-3"]);
  expect(await readAll({ outcome: "done" })).toEqual(["t-4", "t-2", "t-1"]);
  expect(await readAll({ action: "__proto__" })).toEqual([]);
});

test("an unreadable line is shown by its length and hides no other", async () => {
  const { path, read } = setUp();
  const huge = JSON.stringify(record(0, { error: "x".repeat(3 * 1024 * 1024) }));
  const odd = ["null", "[]", "7", '"text"', "{}", "{", "\u0000\u0001", '{"time":1}', "<b>x</b>"];
  writeFileSync(path, `${lines(record(1), ...odd, record(2), "", huge, record(3))}{"time":"2026-03-01T00:00:0`);
  const first = await read();
  expect(idsOf(first.entries)).toEqual(["unreadable 27", "t-3"]);
  let ids: string[] = [];
  for (let next = first.next; next !== ""; ) {
    const page = await read({ before: next });
    ids = [...ids, ...idsOf(page.entries)];
    next = page.next;
  }
  const pieces = ids.splice(0, ids.indexOf("t-2"));
  expect(pieces.length).toBeLessThan(10);
  expect(pieces.every((id) => id.startsWith("unreadable"))).toBe(true);
  expect(ids).toEqual(["t-2", ...odd.map((line) => `unreadable ${Buffer.byteLength(line)}`).reverse(), "t-1"]);
});

test("long texts are cut between characters", async () => {
  const { path, read } = setUp();
  writeFileSync(path, lines(record(1, { error: "😀".repeat(10_000), params_summary: { a: "x".repeat(10_000) } })));
  const [entry] = (await read()).entries;
  expect(entry).toMatchObject({ error: `${"😀".repeat(500)}…` });
  expect(entry?.kind === "record" && entry.params.length).toBe(501);
});

test("a rare action is looked for in bounded steps, and found in the end", async () => {
  const { path, read, readAll } = setUp();
  writeFileSync(path, lines(record(0, { action_type: "rare" }), ...range(1, 20_000).map((n) => record(n))));
  const { entries, next } = await read({ action: "rare" });
  expect(entries).toEqual([]);
  expect(next).not.toBe("");
  expect(await readAll({ action: "rare" })).toEqual(["t-0"]);
});

test.each(["x", "1", "-1--1", "1-1-1", `${"9".repeat(40)}-1`, "0-0", "999999999-5"])(
  "a place that is none (%s) shows the newest or nothing, and fails nothing",
  async (before) => {
    const { path, read } = setUp();
    writeFileSync(path, lines(record(1)));
    expect(["t-1", undefined]).toContain(idsOf((await read({ before })).entries)[0]);
  },
);

test("a log that shrank since the last page fails nothing", async () => {
  const { path, read } = setUp();
  writeFileSync(path, lines(...range(0, 60).map((n) => record(n))));
  const { next } = await read();
  truncateSync(path, 10);
  expect(idsOf((await read({ before: next })).entries)).toEqual(["unreadable 10"]);
});

test("whatever lengths the lines have, each is read once and in order", async () => {
  const { path, readAll } = setUp();
  const length = fc.oneof({ weight: 9, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.nat(1_040_000) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(length, { maxLength: 120 }),
      fc.boolean(),
      fc.nat(120),
      async (lengths, isTorn, split) => {
        const all = lengths.map((length, n) => lines(record(n, { error: "x".repeat(length) })));
        writeFileSync(`${path}.1`, all.slice(0, split).join(""));
        const newest = all.slice(split).join("");
        writeFileSync(path, isTorn ? newest.trimEnd() : newest);
        expect(await readAll()).toEqual(
          range(0, all.length)
            .reverse()
            .map((n) => `t-${n}`),
        );
      },
    ),
    { numRuns: 60 },
  );
});
