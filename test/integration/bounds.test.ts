import { describe, expect, test } from "bun:test";
import { createTestApp, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";

describe("a request that a page of another site made its reader's browser send", () => {
  const OWN = "http://127.0.0.1:18889";
  const link = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const requests: [what: string, method: string, headers: Record<string, string>, refused: boolean][] = [
    ["a form", "POST", { origin: "http://evil.example", "content-type": "text/plain" }, true],
    ["a form of a sandboxed frame", "POST", { origin: "null" }, true],
    ["JSON", "POST", { origin: "http://evil.example", "content-type": "application/json" }, true],
    ["a form of an older browser's other port", "POST", { origin: "http://127.0.0.1:80" }, true],
    ["a form without an Origin", "POST", { "sec-fetch-site": "cross-site", ...link }, true],
    ["a read by script", "GET", { origin: "http://evil.example" }, true],
    ["a picture or script", "GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, true],
    ["a frame", "GET", { "sec-fetch-site": "cross-site", ...link, "sec-fetch-dest": "iframe" }, true],
    ["an event stream", "GET", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, true],
    ["a form that claims to be a link", "POST", { "sec-fetch-site": "same-site", ...link }, true],
    ["a worker", "GET", { "sec-fetch-site": "cross-site", ...link, "sec-fetch-mode": "cors" }, true],
    ["a link that was asked for its headers", "HEAD", { "sec-fetch-site": "cross-site", ...link }, false],
    ["a link that was followed", "GET", { "sec-fetch-site": "cross-site", ...link }, false],
    ["our own page's read", "GET", { "sec-fetch-site": "same-origin", origin: OWN }, false],
    ["an address that was typed", "GET", { "sec-fetch-site": "none", ...link }, false],
  ];
  test.each(requests)("%s (%s %j) is refused: %p", async (_what, method, headers, isRefused) => {
    const { request, api } = createTestApp();
    for (const answer of [
      await request("/web/models", { method, headers }),
      await api("/models", undefined, { method, headers }),
    ]) {
      if (isRefused) expect(await readJson(answer)).toMatchObject({ error_code: "origin_not_allowed" });
      else expect(answer.status).toBe(200);
    }
  });

  test("learns nothing from a preflight", async () => {
    const headers = { origin: "http://evil.example", "access-control-request-method": "PUT" };
    const answer = await createTestApp().request("/web/models", { method: "OPTIONS", headers });
    expect(answer.status).toBe(405);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

const LARGEST = 20 * 1024 * 1024;

describe("what is too large by its own word", () => {
  test("is a body of 20 MiB and more, on every route, before any of it is read", async () => {
    const { request, api } = createTestApp();
    const headers = { "content-length": String(20 * 1024 * 1024 + 1), origin: "http://127.0.0.1:18889" };
    for (const answer of [
      await request("/web/models/pull-astr", { method: "POST", headers }),
      await request("/nope", { method: "POST", headers }),
      await api("/executor/jobs/x/cancel", undefined, { method: "POST", headers }),
    ]) {
      expect([answer.status, answer.headers.get("connection")]).toEqual([413, "close"]);
      expect(await readJson(answer)).toMatchObject({ ok: false, error_code: "payload_too_large" });
    }
  });

  test("is told with the limit, which itself passes", async () => {
    const { request } = createTestApp();
    const sized = (size: number) =>
      request("/nope", {
        method: "POST",
        headers: { "content-length": String(size), origin: "http://127.0.0.1:18889" },
      });
    const { error } = await readJson(await sized(LARGEST + 1));
    expect(error).toContain(String(LARGEST));
    expect((await sized(LARGEST)).status).toBe(404);
    const ofLength = (length: number) => {
      const address = "http://127.0.0.1:18889/nope?";
      return request(`/nope?${"x".repeat(length - address.length)}`);
    };
    expect((await readJson(await ofLength(8193))).error).toContain("8192");
    expect((await ofLength(8192)).status).toBe(404);
  });

  test("is an address of more than 8 KiB", async () => {
    const { request, api } = createTestApp();
    for (const answer of [await request(`/web/models?q=${"x".repeat(8200)}`), await api(`/${"x".repeat(8200)}`)]) {
      expect(answer.status).toBe(414);
      expect(await readJson(answer)).toMatchObject({ error_code: "uri_too_long" });
    }
    expect((await request(`/web/models?q=${"x".repeat(8000)}`)).status).toBe(200);
  });
});

test("a form of thousands of fields is refused, and one of a few is read", async () => {
  const { request } = createTestApp({ env: { WEB_AUTH: "never" } });
  const send = (fields: number) => {
    const body = new FormData();
    for (let n = 0; n < fields; n++) body.append("text", "");
    const headers = { origin: "http://127.0.0.1:18889" };
    return request("/web/models/import", { method: "POST", body, headers });
  };
  expect((await send(10)).status).toBe(400);
  expect((await send(5000)).status).toBe(422);
});

test("a list of faults that was cut says so", async () => {
  const { api } = createTestApp();
  const { detail } = await readJson(await api("/models/import-astr", { providers: Array(200).fill(1) }));
  expect(detail).toHaveLength(101);
  expect(detail.at(-1)).toMatchObject({ loc: ["body"], type: "too_many_faults" });
});

describe("bodies under way", () => {
  /** Sends `bytes` and does not end. */
  const unfinished = (bytes: number) => {
    let end = () => {};
    const sent = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(bytes));
        end = () => controller.close();
      },
      pull: () => sent.resolve(),
    });
    return { body, sent: sent.promise, end: () => end() };
  };

  test("hold so much together; one that is beyond it is refused, a small one is not, until they end", async () => {
    const { api } = createTestApp();
    const push = (body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) =>
      api("/responses", undefined, { method: "POST", body });
    const slow = [19, 19, 9].map((mib) => unfinished(mib * 1024 * 1024));
    const answers = slow.map(({ body }) => push(body));
    await Promise.all(slow.map(({ sent }) => sent));

    const refused = await push(new Uint8Array(2 * 1024 * 1024));
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("connection")]).toEqual([
      503,
      "5",
      "close",
    ]);
    expect(await readJson(refused)).toMatchObject({ error_code: "too_busy" });
    for (let n = 0; n < 40; n++) expect((await api("/models/import-astr", { providers: [] })).status).toBe(400);

    for (const { end } of slow) end();
    await Promise.all(answers);
    expect((await readJson(await push(new Uint8Array(2 * 1024 * 1024)))).error_code).not.toBe("too_busy");
  });
});

describe("answers that stay open", () => {
  test("are 64 at most; the next waits its turn, and a place comes free when a reader leaves", async () => {
    const { api, submit, container } = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo") } });
    const jobId = await submit({ task: "sleep" });
    const reader = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 64 }, () => api(`/executor/jobs/${jobId}/events`, undefined, { signal: reader.signal })),
    );
    expect(streams.map(({ status }) => status)).toEqual(Array(64).fill(200));
    for (const path of ["events", "?wait=1"]) {
      const refused = await api(`/executor/jobs/${jobId}${path.startsWith("?") ? path : `/${path}`}`);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await readJson(refused)).toMatchObject({ error_code: "too_busy" });
    }
    expect((await api(`/executor/jobs/${jobId}`)).status).toBe(200);
    await Promise.all(streams.map((stream) => stream.body?.cancel()));
    while (container.openResponses.active() > 0) await new Promise((resolve) => setImmediate(resolve));
    const again = await api(`/executor/jobs/${jobId}/events`);
    expect(again.status).toBe(200);
    await again.body?.cancel();
  });

  test("a HEAD opens none", async () => {
    const { api, submit, container } = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo") } });
    const jobId = await submit({ task: "sleep" });
    for (let n = 0; n < 65; n++) {
      expect((await api(`/executor/jobs/${jobId}/events`, undefined, { method: "HEAD" })).status).toBe(200);
    }
    expect(container.listeners()).toBe(0);
  });

  test("a reader of a job that there is not takes no place", async () => {
    const { api } = createTestApp();
    for (let n = 0; n < 65; n++) expect((await api("/executor/jobs/nope/events")).status).toBe(404);
  });

  test("a HEAD of a page's stream opens none either", async () => {
    const { request, container } = createTestApp();
    for (let n = 0; n < 65; n++) {
      const answer = await request("/web/status/live", { method: "HEAD" });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    }
    expect(container.live.size()).toBe(0);
  });
});

describe("many requests at once", () => {
  const submit = { task: "x", cwd: "/tmp" };
  const bursts: [path: string, body: object | undefined][] = [
    ["/api/v1/status", undefined],
    ["/api/v1/models", undefined],
    ["/api/v1/executor/jobs?limit=200", undefined],
    ["/web/status", undefined],
    ["/web/models?q=x", undefined],
    ["/web/audit", undefined],
    ["/api/v1/executor/jobs", submit],
    ["/api/v1/models/import-astr", { providers: [{ id: "a", model: "b" }] }],
  ];
  test.each(bursts)("leave turns of the event loop to others: %s %j", async (path, body) => {
    let elapsedMs = 0;
    // Whatever reads the clock takes a millisecond.
    const clock = { ...createTestClock(), monotonicMs: () => elapsedMs++ };
    const env = { WEB_AUTH: "never", EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_MAX_QUEUED: "200" };
    const { api, request } = createTestApp({ clock, env });
    const send = () => (path.startsWith("/api/v1") ? api(path.slice("/api/v1".length), body) : request(path));
    await send();
    let turn = 0;
    const count = () => {
      turn++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const perTurn = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        expect((await send()).status).toBe(200);
        perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
      }),
    );
    clearImmediate(counting);
    expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(50);
  });
});
