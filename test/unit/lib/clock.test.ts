import { expect, test } from "bun:test";
import { systemClock } from "@/lib/clock.ts";

test("a timer of more than 24 days does not fire at once", async () => {
  let fired = false;
  const cancel = systemClock.schedule(2 ** 31, () => {
    fired = true;
  });
  await new Promise<void>((resolve) => systemClock.schedule(20, resolve));
  cancel();
  expect(fired).toBe(false);
});
