import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { cached } from "@/lib/cached.ts";

test("reads again once the value is as old as its time to live", async () => {
  const clock = createTestClock();
  let reads = 0;
  const read = cached({ ttlMs: 1000, clock }, () => ++reads);

  expect([read(), read()]).toEqual([1, 1]);
  await clock.advance(999);
  expect(read()).toBe(1);
  await clock.advance(1);
  expect(read()).toBe(2);
});

test("reads again after a read that threw", () => {
  let fails = true;
  const read = cached({ ttlMs: 1000, clock: createTestClock() }, () => {
    if (fails) throw new Error("away");
    return "there";
  });

  expect(read).toThrow("away");
  fails = false;
  expect(read()).toBe("there");
});

test("reads again once cleared", () => {
  let reads = 0;
  const read = cached({ ttlMs: Infinity, clock: createTestClock() }, () => ++reads);

  expect([read(), read()]).toEqual([1, 1]);
  read.clear();
  expect([read(), read()]).toEqual([2, 2]);
});
