import { expect, test } from "bun:test";
import { createTestApp } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const zoo = { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" };
const PARTS = ["verdict", "as-of", "gateway", "memory", "worker", "codex", "last-sync", "relay", "audit", "service"];
const partsIn = (message: string) => PARTS.filter((id) => message.includes(` id="${id}" `));

const watching = async (app: ReturnType<typeof createTestApp>, cookie = "") => {
  const response = await app.request("/web/status/live", {
    headers: { accept: "text/event-stream", "accept-language": "en", cookie },
  });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  return {
    next: async () => new TextDecoder().decode((await reader?.read())?.value),
    leave: () => reader?.cancel(),
  };
};

test("whoever watches the status page is sent all of it, then only the parts that change", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock });
  const watcher = await watching(app);
  expect(partsIn(await watcher.next())).toEqual(PARTS);
  await clock.advance(5_000);
  expect(partsIn(await watcher.next())).toEqual(["as-of"]);
  await app.submit({ task: "x" });
  await clock.advance(200);
  expect(partsIn(await watcher.next())).toEqual(["worker"]);
  await watcher.leave();
  expect(app.container.live.size()).toEqual({ feeds: 0, streams: 0 });
  expect(clock.pendingTimers()).toBe(0);
});

test("what a job says is sent to members only, whoever else is watching", async () => {
  const app = createTestApp({ env: zoo });
  await app.container.start();
  const jobId = await app.submit({ task: "sleep" });
  const cookie = await app.logIn();
  const page = async (headers: Record<string, string>) => (await app.request("/web/status", { headers })).text();
  await app.untilJob(jobId, "running");
  while (!(await page({ cookie })).includes("stderr: ready")) await new Promise((resolve) => setImmediate(resolve));

  const guest = await watching(app);
  const member = await watching(app, cookie);
  expect(await member.next()).toContain("stderr: ready");
  const open = await guest.next();
  expect(open).toContain(jobId);
  expect(open).not.toContain("stderr: ready");
  expect(await page({})).not.toContain("stderr: ready");
  await member.leave();
  await guest.leave();
});

test("while nobody looks, the gateway is not asked", async () => {
  const clock = createTestClock();
  let asked = 0;
  const fetch = async (_url: unknown, init?: RequestInit) => {
    if (init?.body === "{}") asked++;
    return Response.json({ error: { type: "invalid_request_error" } }, { status: 400 });
  };
  const app = createTestApp({
    clock,
    fetch: Object.assign(fetch, { preconnect: () => {} }) as typeof globalThis.fetch,
  });
  await app.container.start();
  await clock.advance(600_000);
  expect(asked).toBe(0);
  const watcher = await watching(app);
  await watcher.next();
  expect(asked).toBe(1);
  // Each look reads files too, which the test clock does not wait for.
  while (asked < 2) await clock.advance(5_000);
  await watcher.leave();
  const before = asked;
  await clock.advance(600_000);
  expect(asked).toBe(before);
});
