import { describe, expect, test } from "bun:test";
import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";
import { createGateway, listenHttp, listenRaw, ready, TIMEOUT_MS, TOKEN, unusedUrl } from "./harness.ts";

describe("the request", () => {
  test("is a bearer POST to /v1/responses", async () => {
    using server = listenHttp(ready);
    const { client } = createGateway(server);

    expect(await client.probe()).toMatchObject({ kind: "answer", status: 400 });

    expect(server.requests).toMatchObject([
      {
        method: "POST",
        path: "/v1/responses",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: "{}",
      },
    ]);
  });

  test("has no Authorization when no token is configured", async () => {
    using server = listenHttp(ready);

    await createGateway({ url: server.url, token: "" }).client.probe();

    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test("does not follow a redirect: its target never sees the token", async () => {
    using target = listenHttp(ready);
    using server = listenHttp(() => Response.redirect(`${target.url}/v1/responses`, 307));

    expect(await createGateway(server).client.probe()).toMatchObject({ kind: "answer", status: 307 });

    expect(target.requests).toEqual([]);
  });

  test("is not sent while the breaker is open", async () => {
    using server = listenHttp(() => new Response("", { status: 500 }));
    const { client } = createGateway(server);

    await client.probe();
    await client.probe();

    expect(await client.probe()).toEqual({ kind: "circuit_open", retryAfterSeconds: 60 });
    expect(server.requests).toHaveLength(2);
  });
});

describe("the answer", () => {
  test("is read no further than its bound, and the connection is closed", async () => {
    let sentBytes = 0;
    await using server = await listenRaw((socket) => {
      const chunk = "x".repeat(64 * 1024);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n");
      const pump = () => {
        while (!socket.destroyed && socket.write(chunk)) sentBytes += chunk.length;
      };
      socket.on("drain", pump);
      pump();
    });
    const { client } = createGateway(server);

    const outcome = await client.probe();

    expect(outcome.kind === "answer" && outcome.text.length).toBe(64 * 1024);
    await server.closed;
    expect(sentBytes).toBeLessThan(50_000_000);
  });

  test("lets go of what it did not read, without waiting for the garbage collector", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024)),
      cancel() {
        cancelled = true;
      },
    });

    await createGateway({ url: "http://gateway", fetch: async () => new Response(endless) }).client.probe();

    expect(cancelled).toBe(true);
  });

  test("leaves no idle connection behind", async () => {
    await using server = await listenRaw((socket) =>
      socket.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    );

    await createGateway(server).client.probe();

    await server.closed;
  });

  test("is not unpacked: nobody asked for a compressed one", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, "x"));
    using server = listenHttp(() => new Response(bomb, { headers: { "Content-Encoding": "gzip" } }));

    const outcome = await createGateway(server).client.probe();

    expect(outcome.kind === "answer" && outcome.text).not.toContain("xxxx");
  });

  test("shows the token masked when the gateway echoes it", async () => {
    using server = listenHttp(() => new Response(`bad token ${TOKEN}!`, { status: 401 }));

    expect(await createGateway(server).client.probe()).toMatchObject({ text: "bad token ********!" });
  });

  test.each([
    ["300", 300],
    ["Sun, 01 Mar 2026 00:00:09 GMT", 9],
    ["Sat, 28 Feb 2026 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("Retry-After %p asks for a pause of %p seconds", async (header, retryAfterSeconds) => {
    using server = listenHttp(() => new Response("", { status: 429, headers: { "Retry-After": header } }));

    expect(await createGateway(server).client.probe()).toMatchObject({ retryAfterSeconds });
  });
});

describe("the timeout", () => {
  test("ends a request that is never answered, and its connection", async () => {
    await using server = await listenRaw(() => {});
    const { client, clock } = createGateway(server);
    const asking = client.probe();
    await server.asked;

    await clock.advance(TIMEOUT_MS - 1);
    expect(await settledYet(asking)).toBe(false);
    await clock.advance(1);

    expect(await asking).toEqual({
      kind: "failure",
      detail: "timeout",
      message: "no complete answer within 15 s",
    });
    await server.closed;
  });

  test("covers the body too: a slow drip does not prolong it", async () => {
    await using server = await listenRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
    });
    const { client, clock } = createGateway(server);
    const asking = client.probe();
    const socket = await server.asked;

    for (let second = 0; second < TIMEOUT_MS / 1000; second++) {
      socket.write(" ");
      await clock.advance(1000);
    }

    expect(await asking).toMatchObject({ kind: "failure", detail: "timeout" });
    await server.closed;
  });

  test("leaves neither timer nor listener behind, however the request ended", async () => {
    using server = listenHttp(ready);
    const { signal } = new AbortController();
    const answered = createGateway(server);
    const refused = createGateway({ url: await unusedUrl() });

    await Promise.all([answered.client.probe(signal), refused.client.probe(signal)]);

    expect([answered.clock.pendingTimers(), refused.clock.pendingTimers()]).toEqual([0, 0]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("the breaker", () => {
  test.each([
    [500, 1],
    [503, 1],
    [400, 0],
    [401, 0],
    [404, 0],
    [429, 0],
  ])("counts an answer of %p as %p failures", async (status, failures) => {
    using server = listenHttp(() => new Response("", { status }));
    const { client, breaker } = createGateway(server);

    await client.probe();

    expect(breaker.view().consecutive_failures).toBe(failures);
  });

  test.each([
    ["a body cut short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"],
    ["what is not HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n"],
  ])("counts %s as a failure", async (_name, bytes) => {
    await using server = await listenRaw((socket) => void socket.end(bytes));
    const { client, breaker } = createGateway(server);

    await client.probe();

    expect(breaker.view().consecutive_failures).toBe(1);
  });

  test("does not blame the gateway for a caller that went away, and closes that connection", async () => {
    await using server = await listenRaw(() => {});
    const { client, breaker, clock } = createGateway(server);
    const caller = new AbortController();
    const asking = client.probe(caller.signal);
    await server.asked;

    caller.abort();

    expect(await asking).toEqual({ kind: "aborted" });
    expect(breaker.view().consecutive_failures).toBe(0);
    expect(clock.pendingTimers()).toBe(0);
    await server.closed;
  });

  test("is not wedged by a trial whose caller went away", async () => {
    await using server = await listenRaw(() => {});
    const { client, breaker, clock } = createGateway(server);
    for (const _ of [1, 2]) {
      const admission = breaker.admit();
      if (admission.kind === "admitted") admission.settle({ kind: "failure", scope: "answer" }, "down");
    }
    await clock.advance(60_000);

    expect(await client.probe(AbortSignal.abort())).toEqual({ kind: "aborted" });

    expect(breaker.admit().kind).toBe("admitted");
  });
});

const settledYet = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
