import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { createTurns } from "@/lib/turns.ts";

test("lets others in between as soon as 10 ms are used, and keeps the order", async () => {
  let elapsedMs = 0;
  const turns = createTurns({ clock: { ...createTestClock(), monotonicMs: () => elapsedMs } });
  let turn = 0;
  const count = () => {
    turn++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const done: number[] = [];
  const perTurn = new Map<number, number>();

  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await turns();
      elapsedMs += 4;
      done.push(index);
      perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
    }),
  );
  clearImmediate(counting);

  expect(Math.max(...perTurn.values())).toBe(3);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
});

test("lets the first in at once", async () => {
  let isLater = false;
  setImmediate(() => {
    isLater = true;
  });
  await createTurns({ clock: createTestClock() })();
  expect(isLater).toBe(false);
});
