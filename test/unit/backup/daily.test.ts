import { beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createDailyBackup } from "@/backup/daily.ts";
import { backupPath } from "@/backup/folder.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let made: string[];
let answer: string;
let availableMib: number;
beforeEach(() => {
  made = [];
  answer = "";
  availableMib = 2048;
});

const start = () => {
  const clock = createTestClock();
  const folder = join(newRoot(), "backups");
  mkdirSync(folder);
  const daily = createDailyBackup({
    folder,
    async backUp() {
      const name = basename(backupPath(folder, clock.now()));
      made.push(name);
      if (answer === "") writeFileSync(join(folder, name), "copy");
      return answer;
    },
    isMemoryLow: () => availableMib < 512,
    clock,
    logger: silentLogger,
  });
  /** A minute after the other, as the housekeeping does. */
  const live = async (durationMs: number) => {
    for (let passed = 0; passed < durationMs; passed += MINUTE_MS) {
      await clock.advance(MINUTE_MS);
      await daily.run();
    }
  };
  return { daily, live, clock, folder };
};

test("is made ten minutes after the start, then once a day", async () => {
  const { live, daily } = start();
  await live(9 * MINUTE_MS);
  expect(made).toHaveLength(0);

  await live(2 * MINUTE_MS);
  expect(made).toHaveLength(1);
  expect(daily.view()).toMatchObject({ count: 1, last_bytes: 4, last_error: "" });

  await live(48 * HOUR_MS);
  expect(made).toHaveLength(3);
});

test("a failure is reported, and retried an hour later", async () => {
  answer = "no space left on device";
  const { live, daily } = start();
  await live(11 * MINUTE_MS);
  expect(daily.view()).toMatchObject({ count: 0, last_at: null, last_error: "no space left on device" });

  await live(50 * MINUTE_MS);
  expect(made).toHaveLength(1);
  answer = "";
  await live(20 * MINUTE_MS);
  expect(made).toHaveLength(2);
  expect(daily.view().last_error).toBe("");
});

test("waits while memory is short", async () => {
  availableMib = 511;
  const { live } = start();
  await live(HOUR_MS);
  expect(made).toHaveLength(0);

  availableMib = 512;
  await live(MINUTE_MS);
  expect(made).toHaveLength(1);
});

test("one from the future, made while the clock was wrong, changes nothing", async () => {
  const { live, clock, folder } = start();
  writeFileSync(backupPath(folder, new Date(clock.now().getTime() + 30 * 24 * HOUR_MS)), "copy");
  await live(48 * HOUR_MS + 11 * MINUTE_MS);
  expect(made).toHaveLength(3);
});
