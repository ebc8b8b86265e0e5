import { expect, test } from "bun:test";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { openDatabase } from "@/db/open.ts";
import { CHECK_PERIOD_MS, CHECK_PERIODS, createCheckHistory } from "@/gateway/check-history.ts";
import type { ProbeErrorType } from "@/gateway/classify.ts";
import { createGatewayRepository } from "@/gateway/repository.ts";

const setUp = () => {
  const database = openDatabase(join(newRoot(), "state.db"));
  onTestEnd(database.close);
  const repository = createGatewayRepository(database.db);
  const clock = createTestClock("2026-03-01T10:10:00Z");
  return { clock, repository, open: () => createCheckHistory({ repository, clock }) };
};
const fine = { ok: true, error_type: "" as ProbeErrorType };
const failed = (error_type: ProbeErrorType) => ({ ok: false, error_type });

test("checks are counted by the half hour, with the class of the last failure", async () => {
  const { clock, open } = setUp();
  const history = open();
  history.note(fine);
  history.note(failed("auth_failed"));
  await clock.advance(CHECK_PERIOD_MS);
  history.note(failed("network_or_unreachable"));
  history.note(failed("auth_failed"));
  history.note(fine);
  expect(history.view().slice(-3)).toEqual([
    { startedAt: "2026-03-01T09:30:00Z", ok: 0, failed: 0, errorType: "" },
    { startedAt: "2026-03-01T10:00:00Z", ok: 1, failed: 1, errorType: "auth_failed" },
    { startedAt: "2026-03-01T10:30:00Z", ok: 1, failed: 2, errorType: "auth_failed" },
  ]);
});

test("a day of half hours is shown, those without a look as unchecked", () => {
  const { open } = setUp();
  const view = open().view();
  expect(view).toHaveLength(CHECK_PERIODS);
  expect(view.at(0)?.startedAt).toBe("2026-02-28T10:30:00Z");
  expect(view.at(-1)?.startedAt).toBe("2026-03-01T10:00:00Z");
  expect(view.every(({ ok, failed }) => ok + failed === 0)).toBe(true);
});

test("what was saved is there after a restart and goes on counting", () => {
  const { open } = setUp();
  const before = open();
  before.note(fine);
  before.save();
  const after = open();
  after.note(failed("unknown"));
  after.save();
  expect(open().view().at(-1)).toMatchObject({ ok: 1, failed: 1, errorType: "unknown" });
});

test("only the last periods are kept, by their number", async () => {
  const { clock, repository, open } = setUp();
  const history = open();
  for (let period = 0; period < CHECK_PERIODS + 1; period++) {
    history.note(fine);
    history.save();
    await clock.advance(CHECK_PERIOD_MS);
  }
  const stored = repository.listChecks().map(({ startedAt }) => startedAt);
  expect(stored).toHaveLength(CHECK_PERIODS);
  expect([stored[0], stored.at(-1)]).toEqual(["2026-03-01T10:30:00Z", "2026-03-02T10:00:00Z"]);
});

test.each([365, -365])("a clock that is wrong by %d days for a while loses none", async (days) => {
  const { clock, open } = setUp();
  const history = open();
  history.note(failed("unknown"));
  history.save();
  clock.jump(days * 86_400_000);
  history.note(fine);
  history.save();
  clock.jump(-days * 86_400_000);
  history.note(fine);
  history.save();
  expect(open().view().at(-1)).toMatchObject({ ok: 1, failed: 1, errorType: "unknown" });
});

test("a period without a check takes what is known, one with a check does not", async () => {
  const { clock, open } = setUp();
  const history = open();
  history.note(fine);
  history.fill(failed("auth_failed"));
  await clock.advance(CHECK_PERIOD_MS);
  history.fill(failed("auth_failed"));
  history.fill(failed("auth_failed"));
  expect(history.view().slice(-2)).toMatchObject([
    { ok: 1, failed: 0 },
    { ok: 0, failed: 1, errorType: "auth_failed" },
  ]);
});

test("a failure that cannot be written at once is written by the next save", () => {
  const { clock } = setUp();
  let isLocked = true;
  let written = 0;
  const repository = {
    listChecks: () => [],
    saveChecks: () => {
      if (isLocked) throw new Error("database is locked");
      written++;
    },
  };
  const history = createCheckHistory({ repository, clock });
  history.note(failed("unknown"));
  isLocked = false;
  history.save();
  expect(written).toBe(1);
});

test("nothing is written while nobody looks", () => {
  const { clock } = setUp();
  const repository = {
    listChecks: () => [],
    saveChecks: () => {
      throw new Error("not asked for");
    },
  };
  createCheckHistory({ repository, clock }).save();
});
