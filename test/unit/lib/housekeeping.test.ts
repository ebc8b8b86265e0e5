import { expect, test } from "bun:test";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createHousekeeping, type HousekeepingTask } from "@/lib/housekeeping.ts";

const MINUTE = 60_000;

const setUp = (...runs: HousekeepingTask["run"][]) => {
  const clock = createTestClock();
  const tasks = runs.map((run, index) => ({ name: `task ${index}`, run }));
  return { clock, housekeeping: createHousekeeping({ tasks, clock, logger: silentLogger }) };
};

test("every task runs at start and once a minute, on one timer", async () => {
  const ran: string[] = [];
  const { clock, housekeeping } = setUp(
    () => void ran.push("a"),
    () => void ran.push("b"),
  );
  housekeeping.start();
  expect(ran).toEqual(["a", "b"]);
  expect(clock.pendingTimers()).toBe(1);
  await clock.advance(2 * MINUTE);
  expect(ran).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect(clock.pendingTimers()).toBe(1);
});

test("a task that fails, now or later, stops neither itself nor the others", async () => {
  let thrown = 0;
  let rejected = 0;
  let ran = 0;
  const { clock, housekeeping } = setUp(
    () => {
      thrown++;
      throw new Error("disk full");
    },
    async () => {
      rejected++;
      throw new Error("disk full");
    },
    () => void ran++,
  );
  housekeeping.start();
  await clock.advance(MINUTE);
  expect([thrown, rejected, ran]).toEqual([2, 2, 2]);
});

test("a task that has not ended is not started again, and holds up no other one", async () => {
  const slow = Promise.withResolvers<void>();
  let started = 0;
  let ran = 0;
  const { clock, housekeeping } = setUp(
    () => {
      started++;
      return slow.promise;
    },
    () => void ran++,
  );
  housekeeping.start();
  await clock.advance(2 * MINUTE);
  expect([started, ran]).toEqual([1, 3]);
  slow.resolve();
  await clock.advance(MINUTE);
  expect(started).toBe(2);
});

test("a stop tells what is under way to end, waits for it, and leaves no timer", async () => {
  const ended: string[] = [];
  const { clock, housekeeping } = setUp(async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ended.push("task");
  });
  housekeeping.start();
  await clock.advance(0);
  await housekeeping.stop();
  expect(ended).toEqual(["task"]);
  expect(clock.pendingTimers()).toBe(0);
});

test("a stop waits five seconds at most for a task that does not listen", async () => {
  const { clock, housekeeping } = setUp(() => new Promise(() => {}));
  housekeeping.start();
  let stopped = false;
  const stop = housekeeping.stop().then(() => {
    stopped = true;
  });
  await clock.advance(4_999);
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stop;
  expect(clock.pendingTimers()).toBe(0);
});
