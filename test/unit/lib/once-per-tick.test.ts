import { expect, test } from "bun:test";
import { oncePerTick } from "@/lib/once-per-tick.ts";

const nextTick = () => new Promise((resolve) => setImmediate(resolve));

test("those who ask within one tick share a reading, the next tick has its own", async () => {
  let readings = 0;
  const read = oncePerTick(() => ++readings);

  expect([read(), read()]).toEqual([1, 1]);
  await Promise.resolve();
  expect(read()).toBe(1);
  await nextTick();
  expect(read()).toBe(2);
});

test("a reading that throws is not shared", () => {
  let fails = true;
  const read = oncePerTick(() => {
    if (fails) throw new Error("away");
    return "there";
  });

  expect(read).toThrow("away");
  fails = false;
  expect(read()).toBe("there");
});
