import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { API_TOKEN, createTestApp, readJson } from "@test/support/app.ts";
import {
  COMPLETED,
  CREATED,
  delta,
  END_MARK,
  type GatewayRequest,
  PONG,
  reply,
  replyJson,
  STREAM_HEAD,
  startFakeGateway,
} from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { GATEWAY_TOKEN, type RelayUnderTest, startRelay } from "@test/support/relay.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createMemoryGate } from "@/gates/memory.ts";

const pong = ({ socket }: GatewayRequest) => socket.write(replyJson(200, PONG));
const silent = () => {};
/** Streams were recorded with their HTTP head. */
const recorded = (name: string) => readFileSync(fixture(`gateway/${name}`), "utf8").replace(/^HTTP.*?\r\n\r\n/s, "");

describe("a turn", () => {
  test("reaches the gateway with its body untouched and our token, and nothing of the caller's but what is allowed", async () => {
    await using gateway = await startFakeGateway(pong);
    await using relay = startRelay({ gateway });
    const body = '{ "model":"openclaw:main", "input":"héllo 你好 \\u0041", "unknown_key":1e3 }';

    await relay.turn(body, {
      headers: {
        "x-openclaw-session-key": "agent:main:qq:1",
        "x-openclaw-scopes": "operator.admin",
        cookie: "c=1",
        "x-forwarded-for": "1.2.3.4",
      },
    });

    const request = await gateway.request(1);
    expect(Buffer.from(request.body, "latin1").toString("utf8")).toBe(body);
    expect(Object.keys(request.headers.toJSON()).sort()).toEqual([
      "accept",
      "accept-encoding",
      "authorization",
      "content-length",
      "content-type",
      "host",
      "user-agent",
      "x-openclaw-session-key",
    ]);
    expect(request.headers.get("authorization")).toBe(`Bearer ${GATEWAY_TOKEN}`);
    expect(JSON.stringify(request.headers)).not.toContain(API_TOKEN);
  });

  test.each([
    [200, PONG],
    [400, { error: { message: "input: Required", type: "invalid_request_error" } }],
    [401, { error: { message: "Unauthorized", type: "unauthorized" } }],
    [401, JSON.parse(recorded("gateway-2026.9.6-json-401-upstream.json"))],
    [500, JSON.parse(recorded("gateway-2026.2.9-json-500-no-credentials.json"))],
    [503, { error: { message: "draining", type: "service_unavailable" } }],
  ])("comes back as the gateway answered it: %p in JSON", async (status, body) => {
    await using gateway = await startFakeGateway(({ socket }) =>
      socket.write(replyJson(status, body, "Retry-After: 7", "Set-Cookie: a=b", "X-Powered-By: x")),
    );
    await using relay = startRelay({ gateway });

    const response = await relay.turn();

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("retry-after")).toBe("7");
    expect(response.headers.get("x-trace-id")).toMatch(/^[0-9a-f]{12}$/);
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(response.headers.has("x-powered-by")).toBe(false);
  });

  test("comes back whole when the gateway sends it in pieces, and does not say how many", async () => {
    const text = JSON.stringify(PONG);
    const pieces = [text.slice(0, 40), text.slice(40)].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
    await using gateway = await startFakeGateway(({ socket }) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.join("")}0\r\n\r\n`,
      ),
    );
    await using relay = startRelay({ gateway });

    expect(await readJson(await relay.turn())).toEqual(PONG);
    expect(relay.view()).toMatchObject({ busy: false, last_turn: { outcome: "completed" } });
  });

  test.each(["gateway-2026.2.9-sse.txt", "gateway-2026.9.6-sse.txt"])(
    "streams %s byte by byte as it came",
    async (name) => {
      const stream = recorded(name);
      await using gateway = await startFakeGateway(({ socket }) => socket.end(STREAM_HEAD + stream));
      await using relay = startRelay({ gateway });

      const response = await relay.turn();

      expect(response.headers.get("content-type")).toBe("text/event-stream");
      expect(await response.text()).toBe(stream);
      expect(relay.view().last_turn).toMatchObject({ outcome: "completed", status_code: 200 });
    },
  );

  test("hands on each event while the next is still awaited", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(STREAM_HEAD + CREATED));
    await using relay = startRelay({ gateway });
    const reader = (await relay.turn()).body?.getReader();
    const read = async () => new TextDecoder().decode((await reader?.read())?.value);
    const { socket } = await gateway.request(1);

    expect(await read()).toBe(CREATED);
    socket.write(delta("你"));
    expect(await read()).toBe(delta("你"));
    socket.end(COMPLETED + END_MARK);
    expect(await read()).toBe(COMPLETED + END_MARK);
    expect((await reader?.read())?.done).toBe(true);
  });

  test("is refused without our token, with too large a body, and while memory is short", async () => {
    await using gateway = await startFakeGateway(pong);
    await using relay = startRelay({ gateway });
    const statuses = [
      await relay.turn({}, { headers: { authorization: `Bearer ${GATEWAY_TOKEN}` } }),
      await relay.turn(`"${"x".repeat(20 * 1024 * 1024)}"`),
      await relay.turn("hello", { headers: { "content-type": "text/plain" } }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([403, 413, 415]);

    const low = createTestApp({ memoryGate: createMemoryGate(() => 511 * 1024) });
    const response = await low.api("/responses", { input: "hello" });
    expect([response.status, (await readJson(response)).error_code]).toEqual([503, "mem_heavy_reject"]);
    expect(gateway.requests).toEqual([]);
  });
});

describe("turns run one at a time", () => {
  test("waiters are served in the order they came, and one too many is told to come back", async () => {
    await using gateway = await startFakeGateway(silent);
    await using relay = startRelay({ gateway, env: { RELAY_MAX_WAITING: "2" } });
    const first = relay.turn("1");
    const one = await gateway.request(1);
    const second = relay.turn("2");
    await untilWaiting(relay, 1);
    const third = relay.turn("3");
    await untilWaiting(relay, 2);

    const refused = await relay.turn("4");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    expect((await readJson(refused)).error_code).toBe("relay_busy");
    expect(gateway.requests).toHaveLength(1);

    pong(one);
    const two = await gateway.request(2);
    expect(two.body).toBe("2");
    pong(two);
    pong(await gateway.request(3));
    expect((await Promise.all([first, second, third])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(relay.clock.pendingTimers()).toBe(0);
  });

  test("a waiter that leaves makes room, and nothing of it reaches the gateway", async () => {
    await using gateway = await startFakeGateway(silent);
    await using relay = startRelay({ gateway, env: { RELAY_MAX_WAITING: "1" } });
    const first = relay.turn("1");
    const one = await gateway.request(1);
    const caller = new AbortController();
    const second = relay.turn("2", { signal: caller.signal }).catch(() => undefined);
    await untilWaiting(relay, 1);

    caller.abort();
    await second;
    await untilWaiting(relay, 0);
    const third = relay.turn("3");
    await untilWaiting(relay, 1);
    pong(one);
    const next = await gateway.request(2);

    expect(next.body).toBe("3");
    pong(next);
    await Promise.all([first, third]);
  });

  test("waiters with large requests are bounded by what they hold in memory", async () => {
    await using gateway = await startFakeGateway(silent);
    await using relay = startRelay({ gateway });
    const large = `"${"x".repeat(12 * 1024 * 1024)}"`;
    const caller = new AbortController();
    const turns = [relay.turn("1", { signal: caller.signal })];
    await gateway.request(1);
    for (const number of [1, 2]) {
      turns.push(relay.turn(large, { signal: caller.signal }));
      await untilWaiting(relay, number);
    }

    expect((await relay.turn(large)).status).toBe(429);
    turns.push(relay.turn("4", { signal: caller.signal }));
    await untilWaiting(relay, 3);

    caller.abort();
    await Promise.allSettled(turns);
  });

  test("a waiter gets its answer within the timeout too, and does not count against the gateway", async () => {
    await using gateway = await startFakeGateway(silent);
    await using relay = startRelay({ gateway, env: { RELAY_FIRST_BYTE_TIMEOUT_SECONDS: "90" } });
    const first = relay.turn("1");
    await gateway.request(1);
    const second = relay.turn("2");
    await untilWaiting(relay, 1);

    await relay.clock.advance(90_000);

    expect((await first).status).toBe(504);
    expect([429, 504]).toContain((await second).status);
    expect(relay.breaker().consecutive_failures).toBe(1);
  });
});

describe("a token that the gateway refuses", () => {
  const refused = ({ socket }: GatewayRequest) =>
    socket.write(replyJson(401, { error: { message: "Unauthorized", type: "unauthorized" } }));

  test("is not tried again within the minute in which ten would lock us out", async () => {
    await using gateway = await startFakeGateway(refused);
    await using relay = startRelay({ gateway });
    expect((await relay.turn()).status).toBe(401);

    await relay.clock.advance(64_000);
    const held = await relay.turn();
    expect([held.status, held.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await readJson(held)).toMatchObject({ error_code: "auth_failed", hint: expect.stringMatching(/./) });
    expect((await readJson(await relay.api("/gateway/check", {}))).error_code).toBe("auth_failed");
    expect(gateway.requests).toHaveLength(1);

    await relay.clock.advance(1000);
    expect((await relay.turn()).status).toBe(401);
    expect(relay.breaker().state).toBe("closed");
  });

  test("costs the gateway less than ten wrong tokens a minute, however many turns and views there are", async () => {
    let asked = 0;
    const refuse = { status: 401, headers: { "content-type": "application/json" } };
    const clock = createTestClock();
    const { api } = createTestApp({
      clock,
      fetch: Object.assign(
        async () => {
          asked++;
          return new Response('{"error":{"type":"unauthorized"}}', refuse);
        },
        { preconnect: () => {} },
      ),
    });
    for (let second = 0; second < 300; second++) {
      await api("/responses", { input: "hello" });
      await api("/status");
      await clock.advance(1000);
    }
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThanOrEqual(10);
  });

  test("is known by the status alone, when the caller leaves before the answer is whole", async () => {
    const caller = new AbortController();
    const { api } = createTestApp({
      clock: createTestClock(),
      fetch: Object.assign(
        async (_url: unknown, init?: RequestInit) => {
          const body = new ReadableStream({
            start(controller) {
              init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
            },
            pull: () => caller.abort(),
          });
          return new Response(body, { status: 401, headers: { "content-type": "application/json" } });
        },
        { preconnect: () => {} },
      ),
    });
    expect((await api("/responses", { input: "hello" }, { signal: caller.signal })).status).toBe(499);
    expect((await readJson(await api("/responses", { input: "hello" }))).error_code).toBe("auth_failed");
  });

  test("is tried again as soon as a check finds it taken", async () => {
    let answer = refused;
    await using gateway = await startFakeGateway((request) => answer(request));
    await using relay = startRelay({ gateway });
    await relay.turn();
    answer = pong;
    expect((await relay.turn()).status).toBe(503);

    expect((await relay.status()).sidecar_probe.ok).toBe(true);

    expect((await relay.turn()).status).toBe(200);
  });

  test("of the first gateway sends turns to the second", async () => {
    await using primary = await startFakeGateway(refused);
    await using backup = await startFakeGateway(pong);
    await using relay = startRelay({
      gateway: primary,
      env: { OPENCLAW_GATEWAY_BACKUP_URL: backup.url, OPENCLAW_GATEWAY_BACKUP_TOKEN: "backup-token-0123456789" },
    });
    await relay.turn();

    expect((await relay.turn()).status).toBe(200);
    expect([primary.requests.length, backup.requests.length]).toEqual([1, 1]);
  });
});

describe("the breaker", () => {
  test("opens after two turns without an answer; the third is refused at once, and after a minute one goes through", async () => {
    await using gateway = await startFakeGateway(silent);
    await using relay = startRelay({ gateway });
    for (const number of [1, 2]) {
      const turn = relay.turn();
      await gateway.request(number);
      await relay.clock.advance(85_000);
      expect([(await turn).status, (await readJson(await turn)).error_code]).toEqual([504, "network_or_unreachable"]);
    }

    const third = await relay.turn();
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "60"]);
    expect((await readJson(third)).error_code).toBe("circuit_open");

    await relay.clock.advance(59_001);
    expect((await relay.turn()).headers.get("retry-after")).toBe("1");
    await relay.clock.advance(999);
    const trials = Array.from({ length: 20 }, () => relay.turn());
    const trial = await gateway.request(3);
    const refused = (await Promise.race([Promise.all(trials), othersOf(trials)])).map(({ status }) => status);
    expect(refused).toEqual(Array(19).fill(503));

    pong(trial);
    await Promise.all(trials);
    expect(gateway.requests).toHaveLength(3);
    expect(relay.breaker()).toMatchObject({ state: "closed", consecutive_failures: 0 });
    const transitions = relay.auditRecords().filter(({ action_type }) => action_type === "breaker");
    expect(transitions.map(({ status, action_category }) => [action_category, status])).toEqual([
      ["gateway", "open"],
      ["gateway", "half_open"],
      ["gateway", "closed"],
    ]);
  });

  test("is not closed by a green probe when turns have opened it: only a turn shows that the model works", async () => {
    let failing = true;
    await using gateway = await startFakeGateway(({ socket }) => {
      socket.write(failing ? replyJson(500, { error: { type: "api_error" } }) : replyJson(200, PONG));
    });
    await using relay = startRelay({ gateway });
    await relay.turn();
    await relay.status();
    await relay.turn();
    expect(relay.breaker().state).toBe("open");

    await relay.clock.advance(60_000);
    const { sidecar_probe, breaker } = await relay.status();
    expect([sidecar_probe.ok, breaker.state]).toEqual([true, "half_open"]);

    failing = false;
    expect((await relay.turn()).status).toBe(200);
    expect(relay.breaker().state).toBe("closed");
  });

  test("goes on after a restart with what was left of its minute", async () => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(replyJson(502, { error: {} })));
    const before = startRelay({ gateway });
    await before.turn();
    await before.turn();
    const { root } = before;
    const breaker = before.breaker();
    await before[Symbol.asyncDispose]();

    await using after = startRelay({ gateway, root });
    const state = await after.status();

    expect(state.breaker).toEqual({ ...breaker, retry_after_seconds: 60 });
    expect(state.sidecar_probe.detail).toBe("circuit_open");
    expect((await after.turn()).status).toBe(503);
  });

  test.each([
    ["a refused request", replyJson(400, { error: { type: "invalid_request_error" } }), 0],
    ["our own wrong token", replyJson(401, { error: { type: "unauthorized" } }), 0],
    ["a lock-out", replyJson(429, { error: { type: "rate_limited" } }), 0],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 0],
    ["an error of the gateway", replyJson(500, { error: { type: "api_error" } }), 1],
    ["a model that refused its key", replyJson(401, { object: "response", status: "failed", error: {} }), 1],
    ["a model that found the request wrong", replyJson(400, { object: "response", status: "failed", error: {} }), 0],
    ["broken JSON", reply(200, "application/json", '{"object":'), 1],
    ["a web page", reply(200, "text/html", "<html>"), 1],
  ])("counts %s as it should", async (_name, bytes, failures) => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(bytes));
    await using relay = startRelay({ gateway });

    await relay.turn();

    expect(relay.breaker().consecutive_failures).toBe(failures);
  });
});

describe("a second gateway", () => {
  const failing = ({ socket }: GatewayRequest) => socket.write(replyJson(500, { error: {} }));
  const withBackup = (primary: { url: string }, backup: { url: string }) =>
    startRelay({
      gateway: primary,
      env: { OPENCLAW_GATEWAY_BACKUP_URL: `${backup.url}/`, OPENCLAW_GATEWAY_BACKUP_TOKEN: "backup-token-0123456789" },
    });

  test("is tried while the first one's circuit is open, with a token of its own", async () => {
    await using primary = await startFakeGateway(failing);
    await using backup = await startFakeGateway(pong);
    await using relay = withBackup(primary, backup);
    await relay.turn();
    await relay.turn();
    expect(backup.requests).toHaveLength(0);

    expect(await readJson(await relay.turn())).toEqual(PONG);

    expect(backup.requests[0]?.headers.get("authorization")).toBe("Bearer backup-token-0123456789");
    expect(primary.requests).toHaveLength(2);
    expect(relay.view()).toMatchObject({
      last_turn: { gateway: "backup", outcome: "completed" },
      backup_breaker: { state: "closed" },
    });
  });

  test("has a circuit of its own; when both are open the shorter wait is told", async () => {
    await using primary = await startFakeGateway(failing);
    await using backup = await startFakeGateway(failing);
    await using relay = withBackup(primary, backup);
    await relay.turn();
    await relay.turn();
    await relay.clock.advance(10_000);
    await relay.turn();
    await relay.turn();

    const refused = await relay.turn();

    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "50"]);
    expect([primary.requests.length, backup.requests.length]).toEqual([2, 2]);
  });
});

describe("a deep check", () => {
  test("is one real turn, and says what the model said", async () => {
    await using gateway = await startFakeGateway(pong);
    await using relay = startRelay({ gateway });

    const { check } = await readJson(await relay.api("/gateway/check", {}));

    expect(check).toMatchObject({ ok: true, status_code: 200, error_type: "", detail: "", message: "pong" });
    expect(JSON.parse(gateway.requests[0]?.body ?? "")).toMatchObject({ model: "openclaw:main", stream: false });
  });

  test.each([
    ["2026.2.9, provider down", 200, "gateway-2026.2.9-json-provider-down.json", "Connection error."],
    ["2026.2.9, no key", 500, "gateway-2026.2.9-json-500-no-credentials.json", "FailoverError"],
    ["2026.9.6, no key", 401, "gateway-2026.9.6-json-401-upstream.json", "No route-compatible"],
  ])("finds the model failing behind a gateway that is well: %s", async (_name, status, name, message) => {
    await using gateway = await startFakeGateway(({ socket }) =>
      socket.write(replyJson(status, JSON.parse(recorded(name)))),
    );
    await using relay = startRelay({ gateway });

    const { check } = await readJson(await relay.api("/gateway/check", {}));

    expect(check).toMatchObject({ ok: false, status_code: status, detail: "upstream_model_error" });
    expect(check.message).toContain(message);
  });

  test("tells a gateway that cannot be reached, and sends nothing while the circuit is open", async () => {
    const relay = createTestApp();
    expect((await readJson(await relay.api("/gateway/check", {}))).check).toMatchObject({
      ok: false,
      detail: "refused",
    });
    await relay.api("/gateway/check", {});
    const refused = await relay.api("/gateway/check", {});
    expect([refused.status, (await readJson(refused)).error_code]).toEqual([503, "circuit_open"]);
  });

  test("by the button does not wait for the countdown of an open circuit, and its success closes it", async () => {
    let isMended = false;
    const failed = replyJson(500, JSON.parse(recorded("gateway-2026.2.9-json-500-no-credentials.json")));
    await using gateway = await startFakeGateway(({ socket }) => socket.end(isMended ? replyJson(200, PONG) : failed));
    await using relay = startRelay({ gateway });
    for (const _ of [1, 2]) await relay.api("/gateway/check", {});
    const open = await (await relay.request("/web/status")).text();
    expect(open).toContain("熔断器已断开 · ");
    expect(open).toContain("最近一轮：网关背后的模型失败");
    expect((await relay.api("/gateway/check", {})).status).toBe(503);
    isMended = true;

    const response = await relay.browserPost("/web/gateway/check");

    expect(response.headers.get("location")).toStartWith("/web/status?check=ok");
    expect((await readJson(await relay.api("/status"))).state.breaker.state).toBe("closed");
  });

  test("is a button that says what it costs; its result is shown on the page it came from", async () => {
    await using gateway = await startFakeGateway(pong);
    await using relay = startRelay({ gateway });
    expect(await (await relay.request("/web/status")).text()).toContain("会消耗模型 token");

    const response = await relay.browserPost("/web/gateway/check");

    expect(response.status).toBe(303);
    const location = response.headers.get("location") ?? "";
    expect(location).toStartWith("/web/status?check=ok");
    expect(await (await relay.request(location)).text()).toContain("模型已应答");
    expect((await relay.request("/web/gateway/check", { method: "POST" })).status).toBe(403);
  });
});

/** Looks again at each turn of the event loop. */
const untilWaiting = async (relay: Pick<RelayUnderTest, "view">, waiting: number): Promise<void> => {
  while (relay.view().waiting !== waiting) await new Promise((resolve) => setImmediate(resolve));
};

/** All but the one that does not settle. */
const othersOf = async (turns: Promise<Response>[]): Promise<Response[]> => {
  const settled: Response[] = [];
  return new Promise((resolve) => {
    for (const turn of turns) {
      void turn.then((response) => {
        settled.push(response);
        if (settled.length === turns.length - 1) resolve([...settled]);
      });
    }
  });
};
