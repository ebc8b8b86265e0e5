import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { API_TOKEN, createTestApp } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { parseMetrics } from "@test/support/prometheus-text.ts";
import { createMemoryGate } from "@/gates/memory.ts";

const authorization = `Bearer ${API_TOKEN}`;
const root = resolve(import.meta.dir, "../..");

const startApp = async (options?: Parameters<typeof createTestApp>[0]) => {
  const app = createTestApp(options);
  await app.container.start();
  const text = async () => (await app.request("/metrics", { headers: { authorization } })).text();
  const scrape = async () => parseMetrics(await text());
  /** The value of the one series with these labels. */
  const read = async (name: string, labels: Record<string, string> = {}) => {
    const found = (await scrape()).filter(
      (series) =>
        series.name === name && Object.entries(labels).every(([label, value]) => series.labels[label] === value),
    );
    return found.length === 1 ? found[0]?.value : undefined;
  };
  return { ...app, text, scrape, read };
};

describe("GET /metrics", () => {
  test("wants the token as the API does, and comes in Prometheus' text format", async () => {
    const { request } = await startApp();
    for (const path of ["/metrics", "/metrics/", "/metrics/more"]) expect((await request(path)).status).toBe(401);
    expect((await request("/metrics", { method: "POST" })).status).toBe(401);
    const response = await request("/metrics", { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  test("names, types and units are Prometheus' own", async () => {
    const { scrape } = await startApp();
    for (const { family, type } of await scrape()) {
      expect(family).toMatch(/^(?:openclaw_backend|process)_[a-z_]+$/);
      expect(family.endsWith("_total")).toBe(type === "counter");
      expect(family).not.toMatch(/_(?:ms|mib|kib|minutes|millis)(?:_|$)/);
      if (type === "histogram") expect(family).toEndWith("_seconds");
    }
  });

  test("counts requests by the route's pattern, so that no caller makes a series", async () => {
    const { request, api, read } = await startApp();
    for (const id of ["one", "two", "three"]) await api(`/executor/jobs/${id}`);
    await api("/executor/jobs/four", undefined, { method: "PROPFIND" });
    for (let n = 0; n < 20; n++) await request(`/no/such/path/${n}`);
    await request("/api/v1/models");

    const name = "openclaw_backend_http_requests_total";
    expect(await read(name, { route: "/api/v1/executor/jobs/:jobId", method: "GET", status: "404" })).toBe(3);
    expect(await read(name, { route: "unmatched", method: "GET", status: "404" })).toBe(20);
    expect(await read(name, { method: "other" })).toBe(1);
    expect(await read(name, { route: "/api/v1/models", status: "401" })).toBe(1);
    expect(await read("openclaw_backend_refusals_total", { reason: "job_not_found" })).toBe(3);

    const duration = "openclaw_backend_http_request_duration_seconds";
    const labels = { route: "/api/v1/executor/jobs/:jobId", method: "GET" };
    expect(await read(`${duration}_count`, labels)).toBe(3);
    expect(await read(`${duration}_bucket`, { ...labels, le: "+Inf" })).toBe(3);
    expect(await read(`${duration}_sum`, labels)).toBeGreaterThan(0);
  });

  test("tells jobs by state and outcome, their wait and their run", async () => {
    const app = await startApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" } });
    const { submit, untilEnded, untilJob, api, read } = app;
    await untilEnded(await submit({ task: "sleep" }).then(cancelable(app)));
    const running = await submit({ task: "sleep" });
    await untilJob(running, "running");
    const waiting = await submit({ task: "sleep" });
    expect(await read("openclaw_backend_jobs", { state: "running" })).toBe(1);
    expect(await read("openclaw_backend_jobs", { state: "queued" })).toBe(1);
    await api(`/executor/jobs/${waiting}/cancel`, {});
    await api(`/executor/jobs/${running}/cancel`, {});
    await untilEnded(running);

    const ended = { state: "canceled", error_code: "canceled_by_user" };
    expect(await read("openclaw_backend_jobs_ended_total", ended)).toBe(3);
    expect(await read("openclaw_backend_job_wait_seconds_count")).toBe(2);
    expect(await read("openclaw_backend_job_run_seconds_count")).toBe(2);
    expect(await read("openclaw_backend_job_queue_oldest_seconds")).toBe(0);
  });

  test("tells the gateway's check and breaker, memory and its refusals, audit and readiness", async () => {
    const { api, read } = await startApp({ memoryGate: createMemoryGate(() => 400 * 1024) });
    await api("/executor/jobs", { task: "hello", cwd: "/tmp" });
    expect(await read("openclaw_backend_refusals_total", { reason: "mem_heavy_reject" })).toBe(1);
    expect(await read("openclaw_backend_memory_available_bytes")).toBe(400 * 1024 * 1024);
    expect(await read("openclaw_backend_memory_gate_state", { state: "heavy_rejected" })).toBe(1);
    expect(await read("openclaw_backend_memory_gate_state", { state: "open" })).toBe(0);
    expect(await read("openclaw_backend_gateway_up")).toBe(0);
    expect(await read("openclaw_backend_gateway_breaker_state", { gateway: "primary", state: "closed" })).toBe(1);
    expect(await read("openclaw_backend_gateway_breaker_failures")).toBe(1);
    expect(await read("openclaw_backend_audit_failed_writes_total")).toBe(0);
    expect(await read("openclaw_backend_ready")).toBe(1);
    expect(await read("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(await read("openclaw_backend_event_loop_lag_seconds")).toBeGreaterThanOrEqual(0);
  });

  test("has every metric that the dashboard shows", async () => {
    const { api, text } = await startApp();
    await api("/models/import-astr", { providers: [{ id: "a/b", model: "b" }] });
    const told = new Set((await text()).match(/(?<=^# TYPE )\S+/gm));
    const dashboard = readFileSync(resolve(root, "deploy/grafana-dashboard.json"), "utf8");
    const shown = new Set(dashboard.match(/\b(?:openclaw_backend|process)_[a-z_]+/g));
    expect([...shown].map((name) => name.replace(/_bucket$/, "")).filter((name) => !told.has(name))).toEqual([]);
    expect(shown.size).toBeGreaterThan(25);
  });
});

const cancelable =
  ({ api, untilJob }: Awaited<ReturnType<typeof startApp>>) =>
  async (jobId: string) => {
    await untilJob(jobId, "running");
    await api(`/executor/jobs/${jobId}/cancel`, {});
    return jobId;
  };

test("tells of each channel's messages: how many wait, whether the last was delivered, and all attempts", async () => {
  const fetch = Object.assign(async () => new Response("down", { status: 503 }), { preconnect: () => {} });
  const env = { NOTIFY_WEBHOOK_URL: "http://hook.example/x" };
  const { submit, untilEnded, read } = await startApp({ env, fetch });
  const channel = { channel: "json" };
  expect(await read("openclaw_backend_notify_waiting", channel)).toBe(0);
  expect(await read("openclaw_backend_notify_up", channel)).toBe(1);

  await untilEnded(await submit({ task: "x", notify: true }));
  while (((await read("openclaw_backend_notify_attempts_total", { ...channel, outcome: "failed" })) ?? 0) < 1);
  expect(await read("openclaw_backend_notify_waiting", channel)).toBe(1);
  expect(await read("openclaw_backend_notify_up", channel)).toBe(0);
});
