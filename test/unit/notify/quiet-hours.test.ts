import { afterEach, describe, expect, test } from "bun:test";
import { minutesOfQuiet } from "@/notify/sender.ts";

const NIGHT = { from: 23 * 60, to: 8 * 60, offset: undefined };
const zone = process.env.TZ;
afterEach(() => {
  process.env.TZ = zone ?? "UTC";
});

const leftAt = (time: string, quiet: Parameters<typeof minutesOfQuiet>[0]) => minutesOfQuiet(quiet, new Date(time));

describe("quiet hours", () => {
  test.each([
    ["22:59", 0],
    ["23:00", 540],
    ["00:00", 480],
    ["07:59", 1],
    ["08:00", 0],
    ["12:00", 0],
  ])("over midnight, at %s", (time, left) => {
    expect(leftAt(`2026-03-01T${time}:59Z`, { ...NIGHT, offset: 0 })).toBe(left);
  });

  test("by an offset of their own", () => {
    expect(leftAt("2026-03-01T15:00:00Z", { ...NIGHT, offset: 480 })).toBe(540);
    expect(leftAt("2026-03-01T14:59:00Z", { ...NIGHT, offset: 480 })).toBe(0);
    expect(leftAt("2026-03-01T00:00:00Z", { from: 60, to: 120, offset: -330 })).toBe(0);
  });

  // In Berlin the clock goes from 2:00 to 3:00 at 01:00 UTC, and back at the end of October.
  test.each([
    ["2026-03-28T21:59:00Z", 0],
    ["2026-03-28T22:00:00Z", 540],
    ["2026-03-29T00:59:00Z", 361],
    ["2026-03-29T01:00:00Z", 300],
    ["2026-03-29T06:00:00Z", 0],
    ["2026-10-25T00:59:00Z", 301],
    ["2026-10-25T01:00:00Z", 360],
    ["2026-10-25T06:59:00Z", 1],
    ["2026-10-25T07:00:00Z", 0],
  ])("by the host's time zone, when it changes: %s", (time, left) => {
    process.env.TZ = "Europe/Berlin";
    expect(leftAt(time, NIGHT)).toBe(left);
  });

  test("none", () => {
    expect(leftAt("2026-03-01T00:00:00Z", undefined)).toBe(0);
  });
});
