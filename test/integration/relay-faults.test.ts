import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { readJson } from "@test/support/app.ts";
import {
  COMPLETED,
  CREATED,
  delta,
  END_MARK,
  event,
  type GatewayRequest,
  reply,
  STREAM_HEAD,
  startFakeGateway,
} from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { startRelay } from "@test/support/relay.ts";

const MIB = 1024 * 1024;

/** But for its length, an answer like any other. */
const HUGE = JSON.stringify({
  id: "r-1",
  object: "response",
  status: "completed",
  output: [],
  pad: "x".repeat(17 * MIB),
});

type Answer = (request: GatewayRequest) => unknown;

describe("a gateway that fails before it answers gets the caller an error of ours:", () => {
  const HTML = "<html>502 Bad Gateway</html>";
  const rows: [string, Answer, number, string][] = [
    ["reset before the headers", ({ socket }) => socket.resetAndDestroy(), 502, "network_or_unreachable"],
    [
      "cut within the headers",
      ({ socket }) => socket.end("HTTP/1.1 200 OK\r\nContent-"),
      502,
      "network_or_unreachable",
    ],
    ["no HTTP", ({ socket }) => socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"), 502, "network_or_unreachable"],
    [
      "JSON cut short",
      ({ socket }) => socket.end("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"),
      502,
      "network_or_unreachable",
    ],
    ["a stream without an event", ({ socket }) => socket.end(STREAM_HEAD), 502, "network_or_unreachable"],
    ["a proxy's page", ({ socket }) => socket.end(reply(502, "text/html", HTML)), 502, "network_or_unreachable"],
    ["an HTML page", ({ socket }) => socket.end(reply(500, "text/html", HTML)), 502, "unknown"],
    ["a wrong content type", ({ socket }) => socket.end(reply(200, "text/plain", "pong")), 502, "unknown"],
    ["no content type", ({ socket }) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), 502, "unknown"],
    ["broken JSON", ({ socket }) => socket.end(reply(200, "application/json", '{"a":')), 502, "unknown"],
    [
      "a redirect",
      ({ socket }) => socket.end("HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"),
      502,
      "unknown",
    ],
    ["an answer of 17 MiB", ({ socket }) => socket.end(reply(200, "application/json", HUGE)), 502, "unknown"],
    [
      "an answer of 17 MiB that tells another length",
      ({ socket }) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n");
        socket.write(`Transfer-Encoding: chunked\r\n\r\n${HUGE.length.toString(16)}\r\n`);
        socket.end(`${HUGE}\r\n0\r\n\r\n`);
      },
      502,
      "unknown",
    ],
    [
      "a switched-off endpoint",
      ({ socket }) => socket.end(reply(404, "text/plain", "Not Found")),
      502,
      "responses_endpoint_not_enabled_or_not_found",
    ],
    [
      "a gateway that starts",
      ({ socket }) => socket.end(reply(503, "text/plain", "Plugin runtime is starting", "Retry-After: 3")),
      503,
      "gateway_starting",
    ],
  ];

  test.each(rows)("%s", async (_name, answer, status, errorCode) => {
    await using gateway = await startFakeGateway(answer);
    await using relay = startRelay({ gateway });

    const response = await relay.turn();

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      ok: false,
      trace_id: response.headers.get("x-trace-id"),
      error_code: errorCode,
      hint: expect.stringMatching(/./),
    });
    expect(response.headers.get("retry-after")).toBe(status === 503 ? "3" : null);
    expect(relay.view()).toMatchObject({ busy: false, last_turn: { outcome: "failed" } });
    expect(relay.clock.pendingTimers()).toBe(0);
  });

  test.each([
    ["refused", "http://127.0.0.1:1"],
    // An empty label: no resolver is asked.
    ["dns", "http://gateway..invalid"],
  ])("%s", async (detail, url) => {
    await using relay = startRelay({ gateway: { url } });

    const response = await relay.turn();

    expect([response.status, (await readJson(response)).error_code]).toEqual([502, "network_or_unreachable"]);
    expect(relay.view().last_turn?.detail).toBe(detail as never);
  });
});

describe("each timeout has its own measure:", () => {
  const LIMITS = {
    RELAY_TOTAL_TIMEOUT_SECONDS: "90",
    RELAY_FIRST_BYTE_TIMEOUT_SECONDS: "40",
    RELAY_STALL_TIMEOUT_SECONDS: "20",
  };

  test("no first byte", async () => {
    await using gateway = await startFakeGateway(() => {});
    await using relay = startRelay({ gateway, env: LIMITS });
    const turn = relay.turn();
    const { closed } = await gateway.request(1);

    await relay.clock.advance(40_000);

    expect((await turn).status).toBe(504);
    await closed;
  });

  test("a slow drip of headers is no first byte", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write("HTTP/1.1 200 OK\r\n"));
    await using relay = startRelay({ gateway, env: LIMITS });
    const turn = relay.turn();
    const { socket, closed } = await gateway.request(1);

    for (let second = 0; second < 40; second++) {
      socket.write(`X-${second}: 1\r\n`);
      await relay.clock.advance(1000);
    }

    expect((await turn).status).toBe(504);
    await closed;
  });

  test.each([
    ["of a told length", 'Content-Length: 99\r\n\r\n{"object":'],
    ["without one, before its first byte", "Transfer-Encoding: chunked\r\n\r\n"],
  ])("a JSON answer %s that does not get on", async (_name, rest) => {
    await using gateway = await startFakeGateway(({ socket }) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${rest}`),
    );
    await using relay = startRelay({ gateway, env: LIMITS });
    const turn = relay.turn();
    const { closed } = await gateway.request(1);
    await idle();

    await relay.clock.advance(40_000);

    expect((await turn).status).toBe(504);
    await closed;
    expect(relay.clock.pendingTimers()).toBe(0);
  });

  test("a stream that stalls ends in order, with all that came before", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED + delta("half")));
    await using relay = startRelay({ gateway, env: LIMITS });
    const response = await relay.turn();
    const text = response.text();
    const { closed } = await gateway.request(1);
    await idle();

    await relay.clock.advance(20_000);

    expect(await text).toStartWith(CREATED + delta("half"));
    expectFailed(await text, "gateway_timeout");
    await closed;
  });

  test("a slow drip of events ends at the total", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED));
    await using relay = startRelay({ gateway, env: LIMITS });
    const text = (await relay.turn()).text();
    const { socket, closed } = await gateway.request(1);

    for (let second = 0; second < 90; second += 10) {
      socket.write(delta(`${second}`));
      await idle();
      await relay.clock.advance(10_000);
    }

    expectFailed(await text, "gateway_timeout");
    await closed;
    expect(relay.breaker().consecutive_failures).toBe(1);
  });
});

describe("a stop of the service", () => {
  test("answers the turn under way and the one that waits, and says nothing about the gateway", async () => {
    await using gateway = await startFakeGateway(() => {});
    await using relay = startRelay({ gateway });
    const first = relay.turn();
    await gateway.request(1);
    const second = relay.turn();
    while (relay.view().waiting < 1) await idle();

    await relay.container.stopWork();

    for (const response of [await first, await second]) {
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
      expect((await readJson(response)).error_code).toBe("service_stopping");
    }
    expect(relay.breaker().consecutive_failures).toBe(0);
  });

  test("ends a stream in order, with all that came before", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED + delta("half")));
    await using relay = startRelay({ gateway });
    const response = await relay.turn();
    const text = response.text();
    const { closed } = await gateway.request(1);
    await idle();

    await relay.container.stopWork();

    expect(await text).toStartWith(CREATED + delta("half"));
    expectFailed(await text, "service_stopping");
    await closed;
    expect(relay.breaker().consecutive_failures).toBe(0);
  });
});

describe("a stream that breaks off ends with a well-formed failure, after all that came before:", () => {
  const cuts: [string, Answer][] = [
    [
      "reset",
      async ({ socket }) => {
        socket.write(STREAM_HEAD + CREATED + delta("half"));
        await idle();
        socket.resetAndDestroy();
      },
    ],
    ["closed", ({ socket }) => socket.end(STREAM_HEAD + CREATED + delta("half"))],
    [
      "closed within an event",
      ({ socket }) => socket.end(`${STREAM_HEAD}${CREATED}${delta("half")}event: response.out`),
    ],
    ["ended without a result", ({ socket }) => socket.end(STREAM_HEAD + CREATED + delta("half") + END_MARK)],
    [
      "killed and restarted",
      async ({ socket }) => {
        socket.write(STREAM_HEAD + CREATED + delta("half"));
        await idle();
        socket.destroy();
      },
    ],
  ];

  test.each(cuts)("%s", async (_name, answer) => {
    await using gateway = await startFakeGateway(answer);
    await using relay = startRelay({ gateway });

    const text = await (await relay.turn()).text();

    expect(text).toStartWith(CREATED + delta("half"));
    expectFailed(text, "gateway_cut");
    expect(relay.view()).toMatchObject({ busy: false, last_turn: { outcome: "failed", status_code: 200 } });
    expect(relay.breaker().consecutive_failures).toBe(1);
  });

  test("an event without an end is not held for ever", async () => {
    await using gateway = await startFakeGateway(async ({ socket }) => {
      socket.write(`${STREAM_HEAD}${CREATED}data: `);
      while (!socket.destroyed) {
        if (!socket.write("x".repeat(1024 * 1024)))
          await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
      }
    });
    await using relay = startRelay({ gateway });

    const text = await (await relay.turn()).text();

    expect(text.length).toBeLessThan(2000);
    expectFailed(text, "gateway_too_large");
  });
});

describe("a failure told by the gateway", () => {
  const stream = readFileSync(fixture("gateway/gateway-2026.2.9-sse-failed-no-credentials.txt"), "utf8").replace(
    /^HTTP.*?\r\n\r\n/s,
    "",
  );

  test("ends the stream even if the gateway keeps the connection open, as 2026.2.9 does", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + stream));
    await using relay = startRelay({ gateway });

    const text = await (await relay.turn()).text();

    expect(text).toBe(`${stream.trimEnd()}\n\n${END_MARK}`);
    await (await gateway.request(1)).closed;
    expect(relay.view()).toMatchObject({ busy: false, last_turn: { detail: "upstream_model_error" } });
    expect(relay.breaker().consecutive_failures).toBe(1);
  });

  test("a result is one even if the gateway never closes the stream", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED + COMPLETED));
    await using relay = startRelay({ gateway });
    const text = (await relay.turn()).text();
    await gateway.request(1);
    await idle();

    await relay.clock.advance(5000);

    expect(await text).toBe(CREATED + COMPLETED + END_MARK);
    expect(relay.view().last_turn?.outcome).toBe("completed");
  });
});

describe("large streams pass unharmed:", () => {
  const rows: [string, string][] = [
    ["one event of 10 MiB", delta("你".repeat((10 * 1024 * 1024) / 3))],
    ["100,000 small events", Array.from({ length: 100_000 }, (_, number) => delta(`${number}`)).join("")],
    ["events with CRLF", (delta("a") + delta("b")).replaceAll("\n", "\r\n")],
    ["comments and events without a name", ': keep-alive\n\ndata: {"type":"response.queued"}\n\n'],
  ];

  test.each(rows)("%s", async (_name, middle) => {
    const stream = CREATED + middle + COMPLETED + END_MARK;
    await using gateway = await startFakeGateway(({ socket }) => socket.end(STREAM_HEAD + stream));
    await using relay = startRelay({ gateway });

    const text = await (await relay.turn()).text();

    expect(text.length).toBe(stream.length);
    expect(text === stream).toBe(true);
    expect(relay.view().last_turn?.outcome).toBe("completed");
  });

  test("words that only look like a result do not end a stream", async () => {
    const stream =
      CREATED + delta("event: response.failed\n\ndata: [DONE]") + event("response.queued") + COMPLETED + END_MARK;
    await using gateway = await startFakeGateway(({ socket }) => socket.end(STREAM_HEAD + stream));
    await using relay = startRelay({ gateway });

    expect(await (await relay.turn()).text()).toBe(stream);
  });
});

describe("a caller that goes away", () => {
  test.each([
    ["before the answer", ""],
    ["in the middle of a stream", STREAM_HEAD + CREATED],
  ])("%s ends the gateway's request and counts as nothing", async (_name, bytes) => {
    await using gateway = await startFakeGateway(({ socket }) => bytes !== "" && socket.write(bytes));
    await using relay = startRelay({ gateway });
    const caller = new AbortController();
    const turn = relay.turn({ input: "hello" }, { signal: caller.signal });
    const { closed } = await gateway.request(1);
    if (bytes !== "") await (await turn).body?.getReader().read();

    caller.abort();
    await turn.catch(() => {});
    await closed;

    // The gateway sees its socket close a moment before the relay has put the turn away.
    while (relay.view().busy) await new Promise((resolve) => setImmediate(resolve));
    expect(relay.view()).toMatchObject({ last_turn: null });
    expect(relay.breaker().consecutive_failures).toBe(0);
    expect(relay.clock.pendingTimers()).toBe(0);
  });

  test("500 times over leaves no descriptor, no timer and no caller behind", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED));
    await using relay = startRelay({ gateway });
    const abortOne = async () => {
      const caller = new AbortController();
      const response = await relay.turn({ input: "hello" }, { signal: caller.signal });
      await response.body?.getReader().read();
      caller.abort();
      while (relay.view().busy) await idle();
    };
    for (let turn = 0; turn < 50; turn++) await abortOne();
    while (gateway.openConnections() > 0) await idle();
    const before = readdirSync("/proc/self/fd").length;

    for (let turn = 0; turn < 500; turn++) await abortOne();
    while (gateway.openConnections() > 0) await idle();

    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 4);
    expect(relay.clock.pendingTimers()).toBe(0);
  }, 30_000);
});

/** A turn of the event loop: what is under way on the sockets of this process gets on. */
const idle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const expectFailed = (text: string, code: string): void => {
  const events = text.trimEnd().split("\n\n");
  expect(events.at(-1)).toBe("data: [DONE]");
  const [name, data = ""] = events.at(-2)?.split("\n") ?? [];
  expect(name).toBe("event: response.failed");
  expect(JSON.parse(data.replace("data: ", ""))).toMatchObject({
    type: "response.failed",
    response: { id: "resp_1", object: "response", status: "failed", error: { code } },
  });
};
