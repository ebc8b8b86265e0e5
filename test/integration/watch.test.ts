import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createTestApp, readJson } from "@test/support/app.ts";
import { createCountingCodex, ONE_CHECK, until } from "@test/support/counting-codex.ts";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import { CHECK_PERIODS } from "@/gateway/check-history.ts";
import type { Subject } from "@/status/diagnose.ts";

const MINUTE_MS = 60_000;
const LOOK_MS = 5 * MINUTE_MS;
const TOKEN = "gateway-token-0123456789";

const ready = () =>
  Response.json({ error: { message: "Invalid request body", type: "invalid_request_error" } }, { status: 400 });
const down = () => new Response("Bad Gateway", { status: 502, headers: { "Content-Type": "text/plain" } });

/** A gateway whose answer a test changes, and what it was sent. */
const createGateway = (answer: () => Response = ready) => {
  const gateway = { answer, probes: 0 };
  const fetch = Object.assign(
    async (url: string | URL | Request) => {
      if (!String(url).endsWith("/v1/responses")) return new Response("", { status: 404 });
      gateway.probes++;
      return gateway.answer();
    },
    { preconnect: () => {} },
  );
  return Object.assign(gateway, { fetch });
};

type Gateway = ReturnType<typeof createGateway>;
type Options = Omit<NonNullable<Parameters<typeof createTestApp>[0]>, "clock">;

const life = ({ clock = createTestClock(), env, ...options }: Options & { clock?: TestClock } = {}) => {
  const app = createTestApp({ ...options, clock, env: { OPENCLAW_GATEWAY_TOKEN: TOKEN, ...env } });
  const read = async () => (await readJson(await app.api("/status"))).state;
  const strip = async () => (await app.container.status.page({ locale: "en", seesJobs: false })).history.checks;
  return { ...app, clock, read, strip };
};

test("a clean stop keeps the checks of the last minute, failures included", async () => {
  const gateway = createGateway(down);
  const first = life(gateway);
  await first.read();
  await first.stop();

  const second = life({ root: first.root, fetch: createGateway().fetch, clock: first.clock });
  expect((await second.strip()).at(-1)).toMatchObject({ failed: 1, errorType: "network_or_unreachable" });
});

test("the first failure of a half hour is on the disk at once", async () => {
  const gateway = createGateway();
  const app = life(gateway);
  await app.read();
  gateway.answer = down;
  await app.clock.advance(MINUTE_MS / 2);
  await app.read();

  const file = new Database(app.config.dbPath, { readonly: true });
  expect(file.query("SELECT ok, failed FROM gateway_checks").all()).toEqual([{ ok: 1, failed: 1 }]);
  file.close();
});

const openCircuit = async (env: Record<string, string> = {}) => {
  const app = life({ ...createGateway(down), env });
  await app.read();
  await app.clock.advance(15_000);
  await app.read();
  expect(await app.read()).toMatchObject({ breaker: { state: "open" } });
  await app.stop();
  return { root: app.root, clock: app.clock, fetch: createGateway().fetch };
};

test("an open circuit survives a restart with the same gateway", async () => {
  const same = life(await openCircuit());
  expect(await same.read()).toMatchObject({
    breaker: { state: "open", last_error: "HTTP 502" },
    sidecar_probe: { ok: false, detail: "circuit_open" },
  });
});

test.each([
  ["address", { OPENCLAW_GATEWAY_URL: "http://127.0.0.1:18790" }],
  ["token", { OPENCLAW_GATEWAY_TOKEN: `${TOKEN}-new` }],
])("a new %s begins with a closed circuit and is checked at once", async (_what, env) => {
  const mended = life({ ...(await openCircuit()), env });
  expect(await mended.read()).toMatchObject({
    breaker: { state: "closed", consecutive_failures: 0, last_error: "" },
    sidecar_probe: { ok: true },
  });
});

const rowsOf = (path: string): Record<string, unknown> => {
  const file = new Database(path, { readonly: true });
  const tables = file.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const count = (name: string) => file.query(`SELECT count(*) AS rows FROM "${name}"`).get();
  const rows = Object.fromEntries(tables.map(({ name }) => [name, count(name)]));
  file.close();
  return rows;
};

/** A service that watches a gateway which a test changes. */
const watch = async ({ gateway = createGateway(), ...options }: Options & { gateway?: Gateway } = {}) => {
  const clock = createTestClock();
  const app = life({ fetch: gateway.fetch, random: () => 0.5, ...options, clock });
  const observe = spyOn(app.container.notifier, "observe");
  const looks = () => observe.mock.calls.length;
  await app.container.start();
  const look = async () => {
    const before = looks();
    await clock.advance(LOOK_MS);
    // It reads files, which takes real time.
    await until(() => looks() > before);
  };
  return {
    ...app,
    gateway,
    looks,
    /** Lets the time of so many looks pass. */
    async look(times = 1): Promise<void> {
      for (let time = 0; time < times; time++) await look();
    },
    /** "well", or the kind of its problem; undefined if the last look did not judge it. */
    found(subject: Subject): string | undefined {
      const observation = observe.mock.lastCall?.[0].find((one) => one.subject === subject);
      return observation && (observation.problem?.kind ?? "well");
    },
  };
};

test("a day without readers: 288 looks, a strip without gaps, no process, and nothing grows", async () => {
  const codex = createCountingCodex();
  const app = await watch({ env: { EXECUTOR_CODEX_BIN: codex.path, NOTIFY_WEBHOOK_URL: "http://hook.example/x" } });
  await app.clock.advance(1000);
  await until(() => codex.calls().length === ONE_CHECK.length);
  await app.look(276);
  const [rows, timers] = [rowsOf(app.config.dbPath), app.clock.pendingTimers()];
  // Neither another Codex nor another model file starts anything.
  codex.install({ version: "codex-cli 0.171.0" });
  writeFileSync(app.config.astrbot.cmdConfigPath, "{}");

  await app.look(12);

  expect([app.looks(), app.gateway.probes]).toEqual([288, 288]);
  expect(codex.calls()).toEqual(ONE_CHECK);
  expect(app.clock.pendingTimers()).toBe(timers);
  expect(rowsOf(app.config.dbPath)).toEqual({ ...rows, gateway_checks: { rows: CHECK_PERIODS } });
  const strip = await app.strip();
  expect(strip.filter(({ ok }) => ok === 0)).toEqual([]);

  await app.stop();
  const next = life({ root: app.root, clock: app.clock, fetch: app.gateway.fetch });
  // Whoever looks at the current half hour adds a check.
  expect((await next.strip()).slice(0, -1)).toEqual(strip.slice(0, -1));
});

test("a gateway that goes away and comes back is one problem of one part", async () => {
  const app = await watch();
  await app.look();
  expect(app.found("gateway")).toBe("well");

  app.gateway.answer = down;
  const during = [];
  for (let look = 0; look < 4; look++) {
    await app.look();
    during.push(app.found("gateway"));
  }
  // The breaker, open at every look from the second on, is no problem beside it.
  expect(during).toEqual(Array.from({ length: 4 }, () => "gateway_proxy_down"));

  app.gateway.answer = ready;
  await app.look();
  expect(app.found("gateway")).toBe("well");
});

test("a look waits for the end of its check", async () => {
  const answered = Promise.withResolvers<Response>();
  const fetch = Object.assign(() => answered.promise, { preconnect: () => {} });
  const app = await watch({ fetch: fetch as typeof globalThis.fetch });
  await app.clock.advance(LOOK_MS);
  expect(app.looks()).toBe(0);

  answered.resolve(down());
  await until(() => app.looks() === 1);
  expect(app.found("gateway")).toBe("gateway_proxy_down");
});

test.each<[string, () => Response]>([
  ["asks for an hour of rest", () => new Response("", { status: 429, headers: { "Retry-After": "3600" } })],
  ["refuses our token", () => Response.json({ error: { type: "unauthorized" } }, { status: 401 })],
])("a gateway that %s leaves no gap in the strip", async (_name, answer) => {
  const app = await watch({ gateway: createGateway(answer) });
  await app.look(72);

  const periods = (await app.strip()).slice(-12);
  expect(periods.filter(({ failed }) => failed === 0)).toEqual([]);
  expect(app.gateway.probes).toBeLessThanOrEqual(72);
});

test("right after a restart nothing is said of what is not known yet", async () => {
  // Codex is not started while memory is low.
  const app = await watch({ memoryGate: createMemoryGate(() => 400 * 1024) });
  await app.look();
  expect(app.found("memory")).toBe("memory_heavy_rejected");
  expect(app.found("codex")).toBeUndefined();
  expect(app.found("lastTurn")).toBeUndefined();
});

test("with WATCH_SECONDS=0 there is no look, and the status says so", async () => {
  const app = await watch({ env: { WATCH_SECONDS: "0" } });
  await app.clock.advance(24 * LOOK_MS);
  expect(app.gateway.probes).toBe(0);
  expect((await app.read()).watch).toEqual({ interval_seconds: 0, next_look_at: null });
  expect(await (await app.request("/web/status")).text()).toContain("已关闭，仅在有人查看时探测");
});

test("the status says when the next look is", async () => {
  const app = await watch({ random: () => 1 });
  await app.clock.advance(2 * MINUTE_MS);
  expect((await app.read()).watch).toEqual({ interval_seconds: 300, next_look_at: "2026-03-01T00:05:30Z" });
  expect(await (await app.request("/web/status")).text()).toContain("约每 5 分钟一次");
});

test("less than a minute counts as a minute", async () => {
  const app = await watch({ env: { WATCH_SECONDS: "5" } });
  expect((await app.read()).watch.interval_seconds).toBe(60);
});
