import { expect, test } from "bun:test";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createJournals } from "@/jobs/journal.ts";
import { silentLogger } from "@/lib/logger.ts";

const setUp = () => {
  const folder = join(newRoot(), "jobs");
  return { open: () => createJournals({ folder, clock: createTestClock(), logger: silentLogger }) };
};

test("the last line of a job under way is the end of what Codex said or did last", () => {
  const journals = setUp().open();
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
  const journals = setUp().open();
  journals.append("a", { type: "message", text: `first\n${"😀".repeat(10_000)}` });
  expect(journals.lastLine("a")).toBe(`${"😀".repeat(200)}…`);
});
