import { expect, test } from "bun:test";
import { API_TOKEN } from "@test/support/app.ts";
import { COMPLETED, CREATED, END_MARK, STREAM_HEAD, startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { startRelay } from "@test/support/relay.ts";

test("every stream asks proxies to pass it on as it comes, and nothing compresses it", async () => {
  await using gateway = await startFakeGateway(({ socket }) =>
    socket.end(STREAM_HEAD + CREATED + COMPLETED + END_MARK),
  );
  await using relay = startRelay({ gateway, env: { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream") } });
  await relay.container.start();
  const jobId = await relay.submit({ task: "codex-0.169.0-shell" });
  await relay.untilEnded(jobId);

  const cookie = await relay.logIn();
  const streams: [path: string, init: RequestInit, cacheControl: string][] = [
    [`/api/v1/executor/jobs/${jobId}/events`, {}, "no-cache, no-transform"],
    [`/api/v1/executor/jobs/${jobId}/events`, { method: "HEAD" }, "no-store, no-transform"],
    ["/api/v1/responses", { method: "POST", body: '{"input":"hello"}' }, "no-store, no-transform"],
    ["/web/status/live", {}, "no-store, no-transform"],
    ["/web/jobs-live", {}, "no-store, no-transform"],
    [`/web/jobs/${jobId}/live`, {}, "no-store, no-transform"],
    ["/web/audit/live", { method: "HEAD" }, "no-store, no-transform"],
  ];
  for (const [path, init, cacheControl] of streams) {
    const gone = new AbortController();
    const headers = {
      authorization: `Bearer ${API_TOKEN}`,
      "content-type": "application/json",
      "accept-encoding": "gzip, br, zstd",
      cookie,
    };
    const response = await fetch(`${relay.url}${path}`, {
      ...init,
      headers,
      signal: gone.signal,
    });

    expect([path, response.status, response.headers.get("content-type")]).toEqual([path, 200, "text/event-stream"]);
    expect([path, response.headers.get("x-accel-buffering")]).toEqual([path, "no"]);
    expect([path, response.headers.get("cache-control")]).toEqual([path, cacheControl]);
    expect([path, response.headers.get("content-encoding")]).toEqual([path, null]);
    gone.abort();
  }
  const page = await relay.request("/web/status");
  expect([page.headers.has("x-accel-buffering"), page.headers.get("cache-control")]).toEqual([false, "no-store"]);
});
