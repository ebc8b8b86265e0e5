import { expect, test } from "bun:test";
import { createTestApp, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const zoo = { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" };
const REFRESH = "event: refresh\ndata:\n\n";

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

test("the open status page is refreshed every five seconds, and when a job changes", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock });
  const watcher = await watching(app);
  expect(await watcher.next()).toBe(REFRESH);
  await clock.advance(5_000);
  expect(await watcher.next()).toBe(REFRESH);
  await app.submit({ task: "x" });
  await clock.advance(500);
  expect(await watcher.next()).toBe(REFRESH);
  await watcher.leave();
  expect(app.container.live.size()).toBe(0);
  expect(clock.pendingTimers()).toBe(0);
});

test("what a job prints is shown to members only", async () => {
  const app = createTestApp({ env: zoo });
  await app.container.start();
  const jobId = await app.submit({ task: "sleep" });
  const cookie = await app.logIn();
  const page = async (headers: Record<string, string>) => (await app.request("/web/status", { headers })).text();
  await app.untilJob(jobId, "running");
  while (!(await page({ cookie })).includes("stderr: ready")) await new Promise((resolve) => setImmediate(resolve));

  const open = await page({});
  expect(open).toContain(jobId);
  expect(open).not.toContain("stderr: ready");
});

test("without readers and without watching the gateway is not probed", async () => {
  const clock = createTestClock();
  let probes = 0;
  const fetch = async (_url: unknown, init?: RequestInit) => {
    if (init?.body === "{}") probes++;
    return Response.json({ error: { type: "invalid_request_error" } }, { status: 400 });
  };
  const app = createTestApp({
    clock,
    env: { WATCH_SECONDS: "0" },
    fetch: Object.assign(fetch, { preconnect: () => {} }) as typeof globalThis.fetch,
  });
  await app.container.start();
  await clock.advance(600_000);
  expect(probes).toBe(0);
  await app.request("/web/status");
  expect(probes).toBe(1);
  await clock.advance(20_000);
  await app.request("/web/status");
  expect(probes).toBe(2);
  const before = probes;
  await clock.advance(600_000);
  expect(probes).toBe(before);
});

test("what the breaker kept is void once a setting was corrected, and a check by hand does not wait for it", async () => {
  const clock = createTestClock();
  let isUp = false;
  const answer = async () => {
    if (!isUp) throw Object.assign(new Error("Unable to connect"), { code: "ConnectionRefused" });
    return Response.json({ error: { type: "invalid_request_error" } }, { status: 400 });
  };
  const fetch = Object.assign(answer, { preconnect: () => {} }) as typeof globalThis.fetch;
  const stateOf = async (app: ReturnType<typeof createTestApp>) => {
    const { state } = await readJson(await app.api("/status"));
    return [state.breaker.state, state.sidecar_probe.ok];
  };
  const first = createTestApp({ clock, fetch, env: { WATCH_SECONDS: "0" } });
  await first.api("/status");
  await clock.advance(16_000);
  expect(await stateOf(first)).toEqual(["open", false]);
  isUp = true;
  await first.stop();

  const same = createTestApp({ clock, fetch, root: first.root, env: { WATCH_SECONDS: "0" } });
  expect(await stateOf(same)).toEqual(["open", false]);
  expect((await same.browserPost("/web/gateway/probe")).headers.get("location")).toBe("/web/status");
  expect(await stateOf(same)).toEqual(["closed", true]);
  await same.stop();

  isUp = false;
  const again = createTestApp({ clock, fetch, root: first.root, env: { WATCH_SECONDS: "0" } });
  await clock.advance(16_000);
  await again.api("/status");
  await clock.advance(16_000);
  expect(await stateOf(again)).toEqual(["open", false]);
  isUp = true;
  await again.stop();
  const corrected = createTestApp({ clock, fetch, root: first.root, env: { WATCH_SECONDS: "60" } });
  expect(await stateOf(corrected)).toEqual(["closed", true]);
});
