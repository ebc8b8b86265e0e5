import { expect, test } from "bun:test";
import { formatDuration, formatTimestamp } from "@/locales/format.ts";

test.each([
  [0, "0 s", "0 秒"],
  [59.9, "59 s", "59 秒"],
  [725, "12 min 5 s", "12 分 5 秒"],
  [7200, "2 h 0 min", "2 小时 0 分"],
  [273_845, "3 d 4 h", "3 天 4 小时"],
  [-1, "0 s", "0 秒"],
])("tells %d seconds by their two largest units", (seconds, english, chinese) => {
  expect(formatDuration(seconds, "en")).toBe(english);
  expect(formatDuration(seconds, "zh-CN")).toBe(chinese);
});

test("spells a contract timestamp out and leaves anything else to be shown as it is", () => {
  expect(formatTimestamp("2026-03-01T08:00:00Z")).toBe("2026-03-01 08:00:00 UTC");
  expect(formatTimestamp("yesterday")).toBeUndefined();
});
