import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { API_TOKEN, createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { parseResponse } from "hono/client";
import { createLogger } from "@/lib/logger.ts";

const executors = (codex: string) => ({
  codex: expect.objectContaining({ available: true, enabled: true, bin: codex, path: codex, reason: "" }),
  gemini: { available: false, enabled: false, bin: "gemini", path: "", reason: "v1.1_disabled" },
  shell: { available: true, enabled: false, bin: "/bin/sh", path: "/bin/sh", reason: "v1.1_not_enabled" },
});

test("the status tells of every part, in the contract's shape", async () => {
  const { client } = createTestApp({ env: { BACKEND_PORT: "12345" } });
  const { state } = await parseResponse(client.status.$get());
  expect(state).toMatchObject({
    service: {
      name: "openclaw-astr-backend-service",
      version: "0.3.1",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      bind: "127.0.0.1:12345",
    },
    worker: { queue_size: 0, running: false, concurrency: 1 },
    executors: executors(fixture("bin/plain-echo")),
    last_model_sync: null,
    sidecar_probe: { ok: false, status_code: 0, error_type: "network_or_unreachable", detail: "refused" },
    breaker: { state: "closed", consecutive_failures: 1 },
    memory: { gate: "open" },
    audit: { ok: true, failed_writes: 0 },
    sidecar: { pinned_version: "2026.2.9" },
  });
});

test("waiting jobs are counted, the running one is not", async () => {
  const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" } });
  const jobId = await app.submit({ task: "sleep" });
  await app.submit({ task: "sleep" });
  await app.container.worker.start();
  const { worker } = (await parseResponse(app.client.status.$get())).state;
  expect(worker).toEqual({ running: true, current_job_id: jobId, queue_size: 1, concurrency: 1 });
});

test("the page's view has the day's checks and the hour's memory, and tells what a job does to those who may know", async () => {
  const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" } });
  await app.container.start();
  const jobId = await app.submit({ task: "sleep" });
  await app.untilJob(jobId, "running");
  const { status } = app.container;
  let seen = await status.page({ locale: "en", seesJobs: true });
  while (seen.running_job?.last_line === "") {
    // Without a turn of the event loop the program's output would never be read.
    await new Promise((resolve) => setImmediate(resolve));
    seen = await status.page({ locale: "en", seesJobs: true });
  }
  expect(seen.running_job).toEqual({ job_id: jobId, started_at: expect.any(String), last_line: "stderr: ready" });
  expect((await status.page({ locale: "en", seesJobs: false })).running_job).toMatchObject({
    job_id: jobId,
    last_line: "",
  });
  expect(seen.history.memory_mib).toEqual([4096]);
  expect(seen.history.checks).toHaveLength(48);
  expect(seen.history.checks.at(-1)).toMatchObject({ ok: 0, failed: 1, errorType: "network_or_unreachable" });
});

describe("the status as text for a chat", () => {
  const chat = (app: ReturnType<typeof createTestApp>, query = "", headers = {}) =>
    app.api(`/status?format=text${query}`, undefined, { headers });

  test("is plain text, Chinese unless another language is asked for", async () => {
    const app = createTestApp();
    const response = await chat(app);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=UTF-8");
    expect(await response.text()).toStartWith("故障：网关没有运行\n原因：");
    expect(await (await chat(app, "", { "accept-language": "en" })).text()).toStartWith("Fault: ");
    expect(await (await chat(app, "&lang=zh-CN", { "accept-language": "en" })).text()).toStartWith("故障：");
    expect(await (await chat(app, "&lang=<b>")).text()).toStartWith("故障：");
    expect((await app.api("/status?format=odd")).headers.get("content-type")).toBe("application/json");
  });

  test("needs the token like every route of the API", async () => {
    const response = await createTestApp().request("/api/v1/status?format=text");
    expect(response.status).toBe(401);
  });

  test("tells a running job by its id only", async () => {
    const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" } });
    await app.container.start();
    const jobId = await app.submit({ task: "sleep" });
    await app.untilJob(jobId, "running");
    const text = await (await chat(app)).text();
    expect(text).toContain(`任务：${jobId} 运行中（`);
    expect(text).not.toContain("ready");
  });

  test("names no secret that a gateway put into its words", async () => {
    const key = `sk-${"a1".repeat(20)}`;
    const fetch = async (_url: unknown, init?: RequestInit) =>
      init?.body === "{}"
        ? Response.json({ error: { type: "invalid_request_error" } }, { status: 400 })
        : Response.json({ error: { message: `Incorrect API key: ${key}`, type: "api_error" } }, { status: 500 });
    const app = createTestApp({ fetch: Object.assign(fetch, { preconnect: () => {} }) as typeof globalThis.fetch });
    await app.api("/responses", { model: "openclaw:main", input: "x" });
    const text = await (await chat(app)).text();
    expect(text).toContain("Incorrect API key");
    expect(text).not.toContain(key);
  });
});

test("executors are looked up at each request", async () => {
  const { api } = createTestApp();
  expect((await readJson(await api("/executors"))).executors).toEqual(executors(fixture("bin/plain-echo")));
  const absent = createTestApp({ env: { EXECUTOR_CODEX_BIN: "no-such-codex" } });
  expect((await readJson(await absent.api("/executors"))).executors.codex).toMatchObject({
    available: false,
    enabled: false,
    bin: "no-such-codex",
    path: "",
    reason: "",
  });
});

describe("the gateway's breaker", () => {
  test("opens after two failed checks, counts down, and tries once when the minute is over", async () => {
    const clock = createTestClock();
    let calls = 0;
    const refuse = async () => {
      calls++;
      throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    };
    const { client } = createTestApp({ clock, fetch: Object.assign(refuse, { preconnect: () => {} }) });
    const breaker = async () => (await parseResponse(client.status.$get())).state.breaker;

    expect(await breaker()).toMatchObject({ state: "closed", consecutive_failures: 1 });
    await clock.advance(20_000);
    expect(await breaker()).toMatchObject({ state: "open", retry_after_seconds: 60 });
    await clock.advance(20_000);
    expect(await breaker()).toMatchObject({ state: "open", retry_after_seconds: 40 });
    expect(calls).toBe(2);
    await clock.advance(41_000);
    expect(await breaker()).toMatchObject({ state: "open", retry_after_seconds: 60 });
    expect(calls).toBe(3);
  });
});

test("an audit log that cannot be written is told, and fails no request", async () => {
  const root = newRoot();
  mkdirSync(`${root}/audit.jsonl`);
  const { api, client, request } = createTestApp({ root, env: { BACKEND_AUDIT_PATH: "audit.jsonl" } });
  expect((await api("/executor/jobs", { task: "x", cwd: "/tmp" })).status).toBe(200);
  expect((await parseResponse(client.status.$get())).state.audit).toEqual({
    ok: false,
    failed_writes: 1,
    last_error: expect.stringContaining("is a directory, not a regular file"),
  });
  expect(await (await request("/web/status")).text()).toContain("is a directory, not a regular file");
  rmSync(`${root}/audit.jsonl`, { recursive: true });
  await api("/executor/jobs", { task: "", cwd: "/tmp" });
  expect((await parseResponse(client.status.$get())).state.audit).toMatchObject({ ok: true, failed_writes: 1 });
});

test("each request is one line of the log, with its trace id and without anything secret", async () => {
  const path = `${newRoot()}/backend.log`;
  const { request } = createTestApp({ logger: createLogger({ path, onFailure() {} }) });
  await request("/api/v1/models?token=query-secret", {
    headers: { authorization: `Bearer ${API_TOKEN}`, "x-trace-id": "t-1", cookie: "cookie-secret" },
  });
  const text = readFileSync(path, "utf8");
  expect(
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ trace_id: "t-1", method: "GET", path: "/api/v1/models", status: 200, message: "request" }]);
  expect(text).not.toContain("secret");
  expect(text).not.toContain(API_TOKEN);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("requests that come together have each its line before their answers leave", async () => {
  const path = `${newRoot()}/backend.log`;
  const { request } = createTestApp({ logger: createLogger({ path, onFailure() {} }) });
  const named = (id: string) => request("/openapi.json", { headers: { "x-trace-id": id } });
  const linesThen = (answer: Promise<Response>) => answer.then(() => readFileSync(path, "utf8"));

  const ids = ["t-1", "t-2", "t-3"];
  const seen = await Promise.all(ids.map((id) => linesThen(named(id))));
  ids.forEach((id, n) => {
    expect(seen[n]).toContain(`"trace_id":"${id}"`);
  });
});

test("pages and documents are open, and say what they are", async () => {
  const { request } = createTestApp();
  for (const path of ["/", "/web/status", "/web/models", "/docs", "/redoc", "/docs/oauth2-redirect"]) {
    const response = await request(path);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toStartWith("<!doctype html>");
  }
  const document = await readJson(await request("/openapi.json"));
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toContain("/api/v1/executor/jobs/{job_id}/cancel");
  expect(Object.keys(document.paths["/api/v1/executor/jobs"])).toEqual(["post", "get"]);
  expect(document.paths["/api/v1/executor/jobs"].post.requestBody.content["application/json"].schema.required).toEqual([
    "task",
  ]);
});

test("the stylesheet that the pages name is served and may be kept", async () => {
  const { request } = createTestApp();
  const path = /href="(\/assets\/[^"]+\.css)"/.exec(await (await request("/web/status")).text())?.[1] ?? "";
  const response = await request(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toStartWith("text/css");
  expect(response.headers.get("cache-control")).toContain("immutable");
});
