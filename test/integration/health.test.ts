import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { systemClock } from "@/lib/clock.ts";
import { createLogger } from "@/lib/logger.ts";
import { listen } from "@/server.ts";

const allowedHosts = new Set(["127.0.0.1"]);

const startApp = async (options: Parameters<typeof createTestApp>[0] = {}) => {
  const clock = createTestClock();
  const app = createTestApp({ clock, ...options });
  await app.container.start();
  const readyz = async () => {
    const response = await app.request("/readyz");
    return { status: response.status, body: await readJson(response) };
  };
  return { ...app, clock, readyz };
};

describe("health and readiness", () => {
  test("tell a probe without a token that all is well", async () => {
    const { request, readyz } = await startApp();
    const alive = await request("/healthz", { headers: { "x-trace-id": "probe-1" } });
    expect([alive.status, await readJson(alive)]).toEqual([200, { ok: true }]);
    expect(alive.headers.get("x-trace-id")).toBe("probe-1");
    expect(alive.headers.get("cache-control")).toBe("no-store");
    expect((await request("/healthz", { method: "HEAD" })).status).toBe(200);
    expect(await readyz()).toEqual({ status: 200, body: { ok: true } });
  });

  test.each(["/healthz", "/readyz"])("refuse at %s a foreign Host and other methods like any route", async (path) => {
    const { request } = await startApp();
    const foreign = await request(path, { headers: { host: "evil.example" } });
    expect([foreign.status, (await readJson(foreign)).error_code]).toEqual([403, "host_not_allowed"]);
    const posted = await request(path, { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("say in one word that the worker does not run", async () => {
    const { container, readyz, request } = await startApp();
    await container.stopWork();
    expect(await readyz()).toEqual({ status: 503, body: { ok: false, reason: "worker" } });
    expect((await request("/readyz")).headers.get("retry-after")).toBe("1");
    expect((await request("/healthz")).status).toBe(200);
  });

  test("say that the database takes no write, without waiting for it, and that it takes them again", async () => {
    const { config, clock, readyz } = await startApp();
    const other = new Database(config.dbPath);
    onTestEnd(() => other.close());
    other.run("BEGIN IMMEDIATE");
    // A lock of a moment is no fault: requests wait for its end.
    expect((await readyz()).status).toBe(200);
    await clock.advance(10_000);
    expect(await readyz()).toEqual({ status: 503, body: { ok: false, reason: "database" } });
    other.run("ROLLBACK");
    await clock.advance(1000);
    expect((await readyz()).status).toBe(503);
    await clock.advance(9000);
    expect((await readyz()).status).toBe(200);
  });

  test("writes to the database once in ten seconds, however often it is asked", async () => {
    const { container, config, clock, readyz } = await startApp();
    const other = new Database(config.dbPath, { readonly: true });
    onTestEnd(() => other.close());
    const written = () => other.query("SELECT value FROM service_state WHERE name = 'write_check'").get();

    await readyz();
    const first = written();
    await clock.advance(5000);
    await readyz();
    await container.status.view();
    expect(written()).toEqual(first);
    await clock.advance(5000);
    await readyz();
    expect(written()).not.toEqual(first);
  });
});

describe("readiness while the disk refuses", () => {
  test.each([
    ["audit", "audit.jsonl", "records_lost_before_this"],
    ["log", "backend.log", "lines before this one were lost"],
  ])("names the %s, and finds out by itself when that is over", async (reason, file, gap) => {
    const root = newRoot();
    const path = join(root, "logs/backend", file);
    // A folder in the place of the file: a root of tests can write anywhere else.
    mkdirSync(path, { recursive: true });
    const logger = createLogger({ path: join(root, "logs/backend/backend.log"), onFailure: () => {} });
    const { clock, readyz, request } = await startApp({ root, logger });
    await request("/api/v1/status");
    expect(await readyz()).toEqual({ status: 503, body: { ok: false, reason } });

    rmdirSync(path);
    await clock.advance(1000);
    expect((await readyz()).status).toBe(200);
    expect(readFileSync(path, "utf8")).toContain(gap);
  });
});

describe("the server", () => {
  const get = async (port: number, path: string, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return { status: response.status, body: await readJson(response), retryAfter: response.headers.get("retry-after") };
  };

  test("is alive but not ready while it starts and while it stops", async () => {
    const app = createTestApp();
    const server = listen({ host: "127.0.0.1", port: 0, allowedHosts, clock: systemClock });
    onTestEnd(server.stop);

    expect((await get(server.port, "/healthz")).status).toBe(200);
    expect(await get(server.port, "/readyz")).toMatchObject({ status: 503, body: { ok: false, reason: "starting" } });
    expect(await get(server.port, "/api/v1/status")).toMatchObject({
      status: 503,
      body: { ok: false, error_code: "service_starting", error: "服务正在启动。" },
      retryAfter: "1",
    });
    expect((await get(server.port, "/api/v1/status", { host: "evil.example" })).status).toBe(403);

    await app.container.start();
    server.serve(app.container);
    expect((await get(server.port, "/readyz")).status).toBe(200);

    server.drain();
    expect((await get(server.port, "/healthz")).status).toBe(200);
    expect(await get(server.port, "/readyz")).toMatchObject({ status: 503, body: { ok: false, reason: "stopping" } });
    expect(await get(server.port, "/web/status")).toMatchObject({ body: { error_code: "service_stopping" } });
  });
});
