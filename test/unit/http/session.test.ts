import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { createSessions } from "@/http/session.ts";

const HOUR = 3_600_000;
const use = { isUse: true };

test("a session lives by its key alone", () => {
  const sessions = createSessions({ clock: createTestClock() });
  const key = sessions.open();

  expect(key).toMatch(/^[\w-]{43}$/);
  expect(sessions.find(key, use)).toBeDefined();
  expect(sessions.find(`${key}x`, use)).toBeUndefined();
  expect(sessions.find("", use)).toBeUndefined();
});

test("it ends twelve hours after its last use, whatever its open pages ask for by themselves", async () => {
  const clock = createTestClock();
  const sessions = createSessions({ clock });
  const key = sessions.open();

  await clock.advance(11 * HOUR);
  expect(sessions.find(key, use)).toBeDefined();
  await clock.advance(11 * HOUR);
  expect(sessions.find(key, { isUse: false })).toBeDefined();
  await clock.advance(1 * HOUR);
  expect(sessions.find(key, use)).toBeUndefined();
  expect(sessions.size()).toBe(0);
});

test("it ends after seven days, however much it is used", async () => {
  const clock = createTestClock();
  const sessions = createSessions({ clock });
  const key = sessions.open();

  for (let hour = 0; hour < 7 * 24 - 1; hour++) {
    await clock.advance(HOUR);
    expect(sessions.find(key, use)).toBeDefined();
  }
  await clock.advance(HOUR);
  expect(sessions.find(key, use)).toBeUndefined();
});

test("whoever holds something open for it is told of its end: by logout, by age, by being pushed out", async () => {
  const clock = createTestClock();
  const sessions = createSessions({ clock });
  const endOf = (key: string) => sessions.find(key, { isUse: false }) ?? AbortSignal.abort();

  const closed = sessions.open();
  const closedEnd = endOf(closed);
  sessions.close(closed);
  expect(closedEnd.aborted).toBe(true);

  const oldEnd = endOf(sessions.open());
  await clock.advance(12 * HOUR);
  sessions.endExpired();
  expect(oldEnd.aborted).toBe(true);

  const keys = Array.from({ length: 100 }, () => sessions.open());
  const [first = "", second = ""] = keys;
  sessions.find(first, use);
  const secondEnd = endOf(second);
  sessions.open();
  expect(secondEnd.aborted).toBe(true);
  expect(endOf(first).aborted).toBe(false);
  expect(sessions.size()).toBe(100);
});
