import { expect, test } from "bun:test";
import { createMemoryGate, createMemoryHistory } from "@/gates/memory.ts";

const KIB_PER_MIB = 1024;

test("the last sixty samples are kept, the oldest first, and what could not be read is said to be unknown", () => {
  let availableMib: number | undefined = 0;
  const memoryGate = createMemoryGate(() => (availableMib === undefined ? undefined : availableMib * KIB_PER_MIB));
  const history = createMemoryHistory({ memoryGate });
  expect(history.view()).toEqual([]);
  for (availableMib = 1; availableMib <= 58; availableMib++) history.sample();
  expect(history.view()).toEqual(Array.from({ length: 58 }, (_, index) => index + 1));
  availableMib = undefined;
  history.sample();
  for (availableMib = 100; availableMib < 160; availableMib++) history.sample();
  expect(history.view()).toEqual(Array.from({ length: 60 }, (_, index) => index + 100));
  availableMib = undefined;
  history.sample();
  expect(history.view().slice(-2)).toEqual([159, null]);
});
