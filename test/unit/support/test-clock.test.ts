import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { delay } from "@/lib/clock.ts";

test("runs due timers in the order of their time, each seeing its own time", async () => {
  const clock = createTestClock();
  const seen: string[] = [];
  clock.schedule(20, () => seen.push(`b@${clock.monotonicMs()}`));
  clock.schedule(10, () => seen.push(`a@${clock.monotonicMs()}`));
  clock.schedule(31, () => seen.push("late"));

  await clock.advance(30);

  expect(seen).toEqual(["a@10", "b@20"]);
  expect(clock.monotonicMs()).toBe(30);
  expect(clock.pendingTimers()).toBe(1);
});

test("reaches timers that other timers set, through awaited work", async () => {
  const clock = createTestClock();
  const seen: number[] = [];
  const work = (async () => {
    for (let turn = 0; turn < 3; turn++) {
      await delay(clock, 100);
      seen.push(clock.monotonicMs());
    }
  })();

  await clock.advance(300);

  await work;
  expect(seen).toEqual([100, 200, 300]);
});

test("a cancelled timer never runs", async () => {
  const clock = createTestClock();
  const cancel = clock.schedule(1, () => expect.unreachable());

  cancel();
  await clock.advance(10);

  expect(clock.pendingTimers()).toBe(0);
});
