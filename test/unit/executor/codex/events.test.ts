import { expect, test } from "bun:test";
import { parseCodexLine } from "@/executor/codex/events.ts";

const THREAD = "01a204a9-1e0f-78a2-8ff0-b502c19d8e43";
const thread = (thread_id: unknown) => parseCodexLine(JSON.stringify({ type: "thread.started", thread_id }));

test("a thread's id is taken, since a later run is given it as an argument, only when it can be no option", () => {
  expect(thread(THREAD)).toEqual({ type: "thread", thread_id: THREAD });
  for (const id of ["--dangerously-bypass-approvals-and-sandbox", "-c", "", "x", `${THREAD}x`, `-${THREAD}`, 7, null]) {
    expect(thread(id)).toBeNull();
  }
});

test("token counts are numbers under plain names", () => {
  const usage = { input_tokens: 5, "sk-0123456789abcdefghij": 1, output_tokens: "7" };
  expect(parseCodexLine(JSON.stringify({ type: "turn.completed", usage }))).toEqual({
    type: "usage",
    usage: { input_tokens: 5 },
  });
});

const item = (fields: object) => parseCodexLine(JSON.stringify({ type: "item.completed", item: fields }));

test("of a long list the first entries are taken, and one that says how many more there are", () => {
  const steps = Array.from({ length: 1000 }, (_, n) => ({ text: `step ${n}`, completed: true }));
  const plan = item({ type: "todo_list", items: steps });
  expect(plan).toEqual({
    type: "plan",
    items: [...steps.slice(0, 100), { text: "... and 900 more", completed: false }],
  });
  const changes = Array.from({ length: 60 }, (_, n) => ({ path: `${n}${"-".repeat(16_000)}`, kind: "add" }));
  expect(item({ type: "file_change", changes, status: "completed" })).toEqual({
    type: "file_change",
    changes: [...changes.slice(0, 2), { path: "... and 58 more", kind: "" }],
    status: "completed",
  });
});

test("a line of garbage is read up to a bound, and its type still counts", () => {
  const many = (text: string) => Array(400_000).fill(text).join(",");
  const todos = parseCodexLine(`{"type":"item.updated","item":{"type":"todo_list","items":[${many("{}")}]}}`);
  expect(todos?.type === "plan" && todos.items).toHaveLength(101);
  const usage = Array.from({ length: 250_000 }, (_, n) => `"${"abcdefghij"[n % 10]}${"z".repeat(n % 30)}":1`).join(",");
  const end = parseCodexLine(`{"type":"turn.completed","usage":{${usage}}}`);
  expect(end?.type === "usage" && Object.keys(end.usage)).toHaveLength(12);
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  expect(parseCodexLine(`{"type":"item.completed","item":{"type":"new","a":1,"b":${nested}}}`)).toMatchObject({
    item_type: "new",
    text: '{"a":1}',
  });
});
