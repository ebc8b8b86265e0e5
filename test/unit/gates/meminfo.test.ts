import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createMeminfo } from "@/gates/meminfo.ts";

const text = (availableKib: number) => `MemTotal:  9 kB\nMemFree:  9 kB\nMemAvailable:  ${availableKib} kB\n`;

const createFile = (content: string) => {
  const path = join(newRoot(), "meminfo");
  writeFileSync(path, content);
  const clock = createTestClock();
  return { path, clock, read: createMeminfo({ clock, path }) };
};

test("a reading stands for a tenth of a second, then memory is looked at again", async () => {
  const { path, clock, read } = createFile(text(500));
  await clock.advance(1000);
  expect(read()).toBe(500);
  writeFileSync(path, text(400));

  await clock.advance(99);
  expect(read()).toBe(500);
  await clock.advance(1);
  expect(read()).toBe(400);
});

const strange = ["xMemAvailable: 5 kB\n", "MemAvailable: 5 kBytes\n", "MemAvailable: x kB\n"];
test.each([["nothing of the kind"], [text(0)], ...strange.map((line) => [line])])(
  "memory that is not told is unknown: %j",
  (content) => {
    expect(createFile(content).read()).toBeUndefined();
  },
);

test("a file that is away is unknown, and found again once it is there", async () => {
  const { path, clock, read } = createFile("");
  rmSync(path);
  expect(read()).toBeUndefined();

  writeFileSync(path, text(600));
  await clock.advance(100);
  expect(read()).toBe(600);
});

test("the kernel's own file is read", () => {
  expect(createMeminfo({ clock: createTestClock() })()).toBeGreaterThan(0);
});
