import { afterEach, describe, expect, test } from "bun:test";
import { retryAtOf } from "@/executor/codex/retry-time.ts";

afterEach(() => {
  process.env.TZ = "UTC";
});

const read = (sentence: string, now: string, zone = "UTC") => {
  process.env.TZ = zone;
  return retryAtOf(sentence, new Date(now))?.toISOString();
};

const usageLimit = "You’ve hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro), or ";

describe("a time of the host's clock", () => {
  test.each([
    ["later the same day", "try again at 2:50 PM.", "2026-11-28T10:00:00Z", "UTC", "2026-11-28T14:50:00Z"],
    ["past, so of the next day", "try again at 2:50 PM.", "2026-11-28T15:10:00Z", "UTC", "2026-11-29T14:50:00Z"],
    ["in the host's zone", "try again at 2:50 PM.", "2026-11-28T10:00:00Z", "Asia/Shanghai", "2026-11-29T06:50:00Z"],
    ["before midnight there", "try again at 5:27 AM.", "2026-11-28T19:27:00Z", "Asia/Shanghai", "2026-11-28T21:27:00Z"],
    ["just after midnight", "try again at 12:05 AM.", "2026-11-28T23:58:00Z", "UTC", "2026-11-29T00:05:00Z"],
    ["at noon", "try again at 12:00 PM.", "2026-11-28T11:00:00Z", "UTC", "2026-11-28T12:00:00Z"],
    ["over the end of a year", "try again at 1:00 AM.", "2026-12-31T23:00:00Z", "UTC", "2027-01-01T01:00:00Z"],
    ["within this minute", "try again at 2:50 PM.", "2026-11-28T14:50:20Z", "UTC", "2026-11-28T14:51:00Z"],
    ["a moment ago", "try again at 2:50 PM.", "2026-11-28T14:51:03Z", "UTC", "2026-11-28T14:52:00Z"],
    ["with a narrow space", "try again at 2:50\u202fPM.", "2026-11-28T10:00:00Z", "UTC", "2026-11-28T14:50:00Z"],
    ["beside a window", "(5 in 5h) try again at 2:50 PM", "2026-11-28T10:00:00Z", "UTC", "2026-11-28T14:50:00Z"],
    ["without minutes", "resets 3pm", "2026-11-28T10:00:00Z", "UTC", "2026-11-28T15:00:00Z"],
    ["of 24 hours", "请于 14:50 后重试", "2026-11-28T10:00:00Z", "UTC", "2026-11-28T14:50:00Z"],
    ["of 24 hours in English", "try again at 14:50", "2026-11-28T15:00:00Z", "UTC", "2026-11-29T14:50:00Z"],
    // Berlin: from 2:00 to 3:00 on 2027-03-28, from 3:00 back to 2:00 on 2026-10-25; 2:30 is missing, then twice.
    [
      "left out by a clock change",
      "try again at 2:30 AM.",
      "2027-03-28T00:10:00Z",
      "Europe/Berlin",
      "2027-03-28T01:30:00Z",
    ],
    ["after a clock change", "try again at 9:00 AM.", "2026-10-24T22:30:00Z", "Europe/Berlin", "2026-10-25T08:00:00Z"],
    ["next day, after one", "try again at 9:00 PM.", "2026-10-24T20:00:00Z", "Europe/Berlin", "2026-10-25T20:00:00Z"],
  ])("%s", (_what, end, now, zone, expected) => {
    expect(read(usageLimit + end, now, zone)).toBe(new Date(expected).toISOString());
  });
});

describe("a date", () => {
  test.each([
    ["try again at Dec 3rd, 2026 2:50 PM.", "2026-11-28T10:00:00Z", "UTC", "2026-12-03T14:50:00Z"],
    ["try again at Dec 1st, 2026 12:27 AM.", "2026-11-28T10:00:00Z", "America/New_York", "2026-12-01T05:27:00Z"],
    ["try again on Dec 3rd at 2:50 PM", "2026-11-28T10:00:00Z", "UTC", "2026-12-03T14:50:00Z"],
    ["try again at Jan 2nd 9:00 AM.", "2026-12-31T23:00:00Z", "UTC", "2027-01-02T09:00:00Z"],
    ["resets December 22, 2026 at 11:05:00 p.m.", "2026-11-28T10:00:00Z", "UTC", "2026-12-22T23:05:00Z"],
    ["resets at 2026-12-03T14:50:00Z", "2026-11-28T10:00:00Z", "Asia/Tokyo", "2026-12-03T14:50:00Z"],
    ["resets at 2026-12-03T14:50:00.123+08:00", "2026-11-28T10:00:00Z", "UTC", "2026-12-03T06:50:00Z"],
    ["retry after 2026-12-03 14:50:00 +0800", "2026-11-28T10:00:00Z", "UTC", "2026-12-03T06:50:00Z"],
    ["您的限额将在 2026-12-12 21:34:56 重置", "2026-11-28T10:00:00Z", "Asia/Shanghai", "2026-12-12T13:34:56Z"],
    ['{"type":"usage_limit_reached","resets_at":1796309400}', "2026-11-28T10:00:00Z", "UTC", "2026-12-03T14:50:00Z"],
  ])("%s", (sentence, now, zone, expected) => {
    expect(read(sentence, now, zone)).toBe(new Date(expected).toISOString());
  });
});

describe("a duration", () => {
  const now = "2026-11-28T10:00:00Z";
  test.each([
    ["Try again in 2 days 3 hours 5 minutes.", "2026-11-30T13:05:00Z"],
    ["Try again in 1 day, 2 hours and 3 minutes.", "2026-11-29T12:03:00Z"],
    ["Try again in less than a minute.", "2026-11-28T10:01:00Z"],
    ["Please try again in 6m0s.", "2026-11-28T10:06:00Z"],
    ["Please try again in 1h12m30s. Visit https://x.test", "2026-11-28T11:12:30Z"],
    ["Please try again in 20s (limit 3 / min)", "2026-11-28T10:00:20Z"],
    ["Model is out. Try again in 3d.", "2026-12-01T10:00:00Z"],
    ["resets in an hour", "2026-11-28T11:00:00Z"],
    ["额度已用完，请在 3 小时 20 分钟后重试", "2026-11-28T13:20:00Z"],
    ['{"detail":{"code":"x","resets_in_seconds":3600}}', "2026-11-28T11:00:00Z"],
    ["retry-after: 120", "2026-11-28T10:02:00Z"],
  ])("%s", (sentence, expected) => {
    expect(read(sentence, now)).toBe(new Date(expected).toISOString());
  });

  test("counts hours, not the clock's, over a clock change", () => {
    expect(read("try again in 24 hours", "2026-10-24T20:00:00Z", "Europe/Berlin")).toBe("2026-10-25T20:00:00.000Z");
  });
});

test.each([
  "You’ve hit your usage limit. Try again later.",
  "unexpected status 402 Payment Required: Insufficient Balance, url: http://127.0.0.1:39993/v1/responses",
  "Quota exceeded. Check your plan and billing details.",
  "try again at Dec 3rd, 2025 2:50 PM.",
  "since 2026-11-20T10:00:00Z the plan has ended",
  "try again in 99999999 days",
  "try again in 0 seconds",
  "try again at 99:99 QM",
  "Your limit of 12 messages is used up in a team",
  "",
])("no time to come: %s", (sentence) => {
  expect(read(sentence, "2026-11-28T10:00:00Z")).toBeUndefined();
});

test("a long text costs no more than its length", () => {
  const started = performance.now();
  for (const piece of ["in 1 d ", "a 1s, and ", "Dec 3rd, 2026 ", "2026-11-20T10:00", "resets_at ", "1"]) {
    read(piece.repeat(200_000), "2026-11-28T10:00:00Z");
  }
  expect(performance.now() - started).toBeLessThan(500);
});
