import { expect, test } from "bun:test";
import type { JobEvent } from "@/jobs/journal.ts";
import { toTimeline } from "@/views/jobs/timeline-view.ts";

const timelineOf = (events: readonly JobEvent[]) =>
  toTimeline(events.map((event, index) => ({ id: index + 1, at: "2026-03-01T00:00:00Z", ...event })));

const output = (text: string, stream: "stdout" | "stderr" = "stdout") => ({ type: "output", stream, text }) as const;

test("a command and its end are one item, found again among several of the same words", () => {
  const { items } = timelineOf([
    { type: "command_started", command: "ls" },
    { type: "command_started", command: "make" },
    { type: "command_finished", command: "ls", exit_code: 0, output: "a\nb" },
    { type: "command_started", command: "ls" },
    { type: "command_finished", command: "never begun", exit_code: null, output: "" },
  ]);
  expect(items.map((item) => item.type === "command" && [item.id, item.command, item.outcome?.exitCode])).toEqual([
    [1, "ls", 0],
    [2, "make", undefined],
    [4, "ls", undefined],
    [5, "never begun", null],
  ]);
});

test("a plan is shown as it last was, where it first stood", () => {
  const { items } = timelineOf([
    { type: "plan", items: [{ text: "one", completed: false }] },
    { type: "message", text: "hello" },
    { type: "plan", items: [{ text: "one", completed: true }] },
  ]);
  expect(items).toMatchObject([
    { id: 1, items: [{ completed: true }] },
    { id: 2, text: "hello" },
  ]);
});

test("lines of one output stand together until something else happens", () => {
  const { items } = timelineOf([
    output("1"),
    output("2"),
    output("bad", "stderr"),
    { type: "warning", text: "x" },
    output("3"),
  ]);
  expect(items.map((item) => "text" in item && item.text)).toEqual(["1\n2", "bad", "x", "3"]);
});

test("is bounded, whatever a job does", () => {
  const events: JobEvent[] = Array.from({ length: 1000 }, (_, index) => ({ type: "message", text: `${index}` }));
  const { items, omitted } = timelineOf([
    ...events,
    output("🙂".repeat(100_000)),
    ...Array(500).fill(output("x".repeat(999))),
  ]);
  expect(items).toHaveLength(150);
  expect(omitted).toBe(851);
  const last = items.at(-1);
  expect(last && "text" in last && last.text.length).toBeLessThan(4100);
  expect(JSON.stringify(items)).toBe(JSON.stringify(items).toWellFormed());
});

test("an item that is no longer shown is not updated", () => {
  const plan: JobEvent = { type: "plan", items: [{ text: "one", completed: false }] };
  const { items } = timelineOf([plan, ...Array(150).fill({ type: "message", text: "x" }), plan]);
  expect(items.at(-1)).toMatchObject({ type: "plan", id: 152 });
});

test("is bounded in bytes as HTML, whatever the texts and lists hold", () => {
  const quotes = '"'.repeat(8000);
  const events: JobEvent[][] = [
    Array(150).fill({ type: "message", text: quotes }),
    Array(150).fill({ type: "file_change", changes: Array(100).fill({ path: quotes, kind: quotes }) }),
    Array(150).fill({ type: "plan", items: Array(30).fill({ text: quotes, completed: false }) }),
  ];
  for (const rows of events) {
    const { items, omitted } = timelineOf(rows);
    expect(Buffer.byteLength(Bun.escapeHTML(JSON.stringify(items)))).toBeLessThan(128 * 1024);
    expect(omitted + items.length).toBe(rows[0]?.type === "plan" ? 1 : 150);
  }
});

test("a row of retries is one item, whatever stands between them, until Codex gets on", () => {
  const retry = (n: number) => ({ type: "retry", text: `Reconnecting... ${n}/5 (high demand)` }) as const;
  const { items } = timelineOf([
    retry(1),
    output("ERROR stream disconnected", "stderr"),
    retry(2),
    { type: "warning", text: "high demand" },
    retry(3),
    { type: "message", text: "going on" },
    retry(1),
  ]);
  expect(items.filter(({ type }) => type === "retry").map((item) => [item.id, "text" in item && item.text])).toEqual([
    [1, "Reconnecting... 3/5 (high demand)"],
    [7, "Reconnecting... 1/5 (high demand)"],
  ]);
});

test("an item tells when it ended", () => {
  const { items } = toTimeline([
    { id: 1, at: "2026-03-01T00:00:00Z", type: "command_started", command: "make" },
    { id: 2, at: "2026-03-01T00:01:05Z", type: "command_finished", command: "make", exit_code: 0, output: "" },
  ]);
  expect(items).toMatchObject([{ id: 1, at: "2026-03-01T00:00:00Z", endedAt: "2026-03-01T00:01:05Z" }]);
});

test("commands are shown without the shell that Codex wraps them in", () => {
  const { items } = timelineOf([
    { type: "command_started", command: "/bin/bash -lc 'git log'" },
    { type: "command_finished", command: "/bin/bash -lc 'git log'", exit_code: 0, output: "" },
  ]);
  expect(items).toMatchObject([{ type: "command", command: "git log", outcome: { exitCode: 0 } }]);
});

test("what the page shows above is not told again: the result, and the sentence of a failure", () => {
  const said = "unexpected status 402 Payment Required: Insufficient Balance, url: http://127.0.0.1/v1/responses";
  const failed: JobEvent[] = [
    { type: "state", state: "running", error_code: "", error: "" },
    { type: "message", text: "I will look." },
    ...Array.from({ length: 5 }, (_, n): JobEvent => ({ type: "retry", text: `Reconnecting... ${n + 1}/5 (${said})` })),
    output(`2026-03-01T00:00:00Z ERROR codex_core: ${said}, request id: 1`, "stderr"),
    output("unrelated", "stderr"),
    { type: "warning", text: said },
    { type: "item", item_type: "mcp_tool_call", title: "a.b", status: "failed", text: said },
    { type: "failure", text: said.replaceAll(" ", "\n") },
    { type: "state", state: "failed", error_code: "model_quota_exhausted", error: said },
  ];
  const entries = failed.map((event, index) => ({ id: index, at: "2026-03-01T00:00:00Z", ...event }));
  const { items } = toTimeline(entries, { said, resultText: "I will look." });
  expect(items.map((item) => [item.type, "text" in item && item.text])).toEqual([
    ["retry", "Reconnecting... 5/5"],
    ["output", "unrelated"],
    ["item", ""],
  ]);
  expect(JSON.stringify(items)).not.toContain("402");
});

test("the output of a program without events is its result, and told once", () => {
  const entries = [output("one"), output("two", "stderr")].map((event, id) => ({
    id,
    at: "2026-03-01T00:00:00Z",
    ...event,
  }));
  expect(toTimeline(entries, { said: "", resultText: "one\ntwo" })).toMatchObject({ items: [], hasRun: true });
  const cut = "one\n...[truncated 4 chars]";
  expect(toTimeline(entries, { said: "", resultText: cut }).items).toHaveLength(2);
});

test("a job that never ran has nothing to show", () => {
  const at = "2026-03-01T00:00:00Z";
  const { items, hasRun } = toTimeline([
    { id: 1, at, type: "state", state: "queued", error_code: "", error: "" },
    { id: 2, at, type: "state", state: "running", error_code: "", error: "" },
    { id: 3, at, type: "state", state: "failed", error_code: "executor_not_available", error: "x" },
  ]);
  expect([items, hasRun]).toEqual([[], false]);
});
