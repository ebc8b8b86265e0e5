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
