import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { createTestClock } from "@test/support/test-clock.ts";
import { createRequest, type Fetch } from "@/lib/http.ts";
import { listenHttp, listenRaw, unusedUrl } from "../gateway/harness.ts";

const POST = { method: "POST", headers: { authorization: "Bearer key" }, body: "{}", maxAnswerBytes: 1024 } as const;

const createTestRequest = (fetch: Fetch = globalThis.fetch) => {
  const clock = createTestClock();
  return { clock, request: createRequest({ fetch, clock, timeoutMs: 10_000 }) };
};

describe("a request", () => {
  test("carries its headers and body, and reads the answer", async () => {
    using server = listenHttp(() => new Response("hello", { status: 201, headers: { "x-a": "b" } }));
    const { request, clock } = createTestRequest();

    const answer = await request(`${server.url}/path`, POST);

    expect(answer).toMatchObject({ kind: "answer", status: 201, text: "hello" });
    expect(server.requests).toMatchObject([
      { method: "POST", path: "/path", body: "{}", headers: { authorization: "Bearer key" } },
    ]);
    expect(clock.pendingTimers()).toBe(0);
  });

  test("is not carried elsewhere by a redirect or a proxy of the environment", async () => {
    using target = listenHttp(() => new Response("taken"));
    using server = listenHttp(() => Response.redirect(target.url, 307));
    process.env.http_proxy = target.url;
    const { request } = createTestRequest();

    const answer = await request(server.url, POST).finally(() => delete process.env.http_proxy);

    expect(answer).toMatchObject({ kind: "answer", status: 307 });
    expect(target.requests).toEqual([]);
  });

  test("reads no more than its bound, and unpacks nothing", async () => {
    using large = listenHttp(() => new Response("x".repeat(1_000_000)));
    using bomb = listenHttp(
      () => new Response(gzipSync("x".repeat(1_000_000)), { headers: { "content-encoding": "gzip" } }),
    );
    const { request } = createTestRequest();

    for (const { url } of [large, bomb]) {
      const answer = await request(url, POST);
      expect(answer.kind === "answer" && answer.text.length).toBeLessThanOrEqual(1024);
      expect(answer.kind === "answer" && answer.text.includes("x".repeat(1024))).toBe(url === large.url);
    }
  });

  test("ends by its timeout, during the body too", async () => {
    await using server = await listenRaw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"));
    const { request, clock } = createTestRequest();
    const answer = request(server.url, POST);
    await server.asked;

    await clock.advance(10_000);

    expect(await answer).toMatchObject({ kind: "failure", detail: "timeout" });
    await server.closed;
  });

  test("that reaches nobody is a value, whatever fetch throws", async () => {
    const { request } = createTestRequest();
    expect(await request(await unusedUrl(), POST)).toMatchObject({ kind: "failure", detail: "refused" });
    const thrown = createTestRequest(() => {
      throw new TypeError("bad");
    });
    expect(await thrown.request("http://x", POST)).toMatchObject({ kind: "failure", detail: "unexpected_answer" });
  });
});
