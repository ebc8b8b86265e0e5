import { expect, test } from "bun:test";
import { createTestApp } from "@test/support/app.ts";
import { createCountingCodex, ONE_CHECK, until } from "@test/support/counting-codex.ts";
import { createTestClock, whileAdvancing } from "@test/support/test-clock.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import { toTimestamp } from "@/lib/clock.ts";

const MIB = 1024;

const startService = async (availableMib = 4096) => {
  const codex = createCountingCodex();
  const clock = createTestClock();
  const memory = { availableMib };
  const memoryGate = createMemoryGate(() => memory.availableMib * MIB);
  const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: codex.path }, clock, memoryGate });
  await app.container.start();
  await clock.advance(1000);
  const checked = () =>
    whileAdvancing(
      clock,
      until(() => codex.calls().length === ONE_CHECK.length),
    );
  return { ...app, codex, clock, memory, checked };
};

test("a status page that is open for an hour starts no program after the check at the start", async () => {
  const { codex, clock, request, checked } = await startService();
  await checked();
  for (let minute = 0; minute < 60; minute++) {
    expect((await request("/web/status")).status).toBe(200);
    await clock.advance(60_000);
  }
  expect(codex.calls()).toEqual(ONE_CHECK);
});

test("the button makes one check, and the card says when", async () => {
  const { codex, clock, browserPost, request, checked } = await startService();
  await checked();
  await clock.advance(3_600_000);
  const answer = await browserPost("/web/codex/check");
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/web/status"]);
  expect(codex.calls()).toEqual([...ONE_CHECK, ...ONE_CHECK]);
  const page = await (await request("/web/status")).text();
  expect(page).toContain(`<dt>检查时间</dt><dd><time datetime="${toTimestamp(clock.now())}"`);
  expect((await request("/web/codex/check", { method: "POST" })).status).toBe(403);
});

test("while memory is low the button waits, and so does the check at the start", async () => {
  const { codex, clock, memory, browserPost, request, checked } = await startService(400);
  expect((await browserPost("/web/codex/check")).status).toBe(303);
  await request("/web/status");
  await clock.advance(60_000);
  expect(codex.calls()).toEqual([]);
  memory.availableMib = 4096;
  await request("/web/status");
  await clock.advance(1000);
  await checked();
});
