import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { reportedBy } from "@/doctor/examine.ts";
import { toLines } from "@/doctor/report.ts";

test("the doctor names a channel whose messages fail, what it answered, and how to try it", () => {
  const notify = (reason: string, detail: string) => [
    { channel: "astrbot", waiting: 1, last_try_at: null, next_try_at: null, reason, detail },
  ];
  const linesOf = (...answer: [string, string]) => toLines(reportedBy(statusView({ notify: notify(...answer) })), "en");

  const failing = linesOf("astrbot_key_wrong", "HTTP 401: Invalid API key").find(
    ({ kind }) => kind === "notify_failing",
  );
  expect(failing).toMatchObject({ command: "bun run notify --test" });
  const text = JSON.stringify(failing);
  for (const words of ["AstrBot", "HTTP 401: Invalid API key", "NOTIFY_ASTRBOT_KEY"]) expect(text).toContain(words);
  expect(linesOf("", "").map(({ kind }) => kind)).not.toContain("notify_failing");
});
