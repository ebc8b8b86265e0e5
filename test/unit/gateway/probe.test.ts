import { describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import type { ProbeDetail, ProbeErrorType } from "@/gateway/classify.ts";
import { createGateway, listenHttp, listenRaw, ready, TIMEOUT_MS, TOKEN, unusedUrl } from "./harness.ts";

const MINUTE_MS = 60_000;

const text = (status: number, body: string, headers?: Record<string, string>) => () =>
  new Response(body, { status, headers: { "Content-Type": "text/plain", ...headers } });
const refusal = (status: number, type: string) => () => Response.json({ error: { message: "…", type } }, { status });

describe("a gateway that answers is seen as it is:", () => {
  const missing: ProbeErrorType = "responses_endpoint_not_enabled_or_not_found";
  const rows: [string, () => Response, ProbeErrorType, ProbeDetail][] = [
    ["ready", ready, "", ""],
    ["wrong token", refusal(401, "unauthorized"), "auth_failed", "unauthorized"],
    ["forbidden by a proxy", text(403, "Forbidden"), "auth_failed", "proxy_auth"],
    ["locked out", refusal(429, "rate_limited"), "auth_failed", "rate_limited"],
    ["endpoint disabled, new", text(404, "Not Found"), missing, "endpoint_disabled"],
    ["endpoint disabled, old", text(405, "Method Not Allowed"), missing, "endpoint_disabled"],
    ["web app", text(200, "<html>", { "Content-Type": "text/html" }), missing, "endpoint_disabled"],
    ["starting", text(503, "Plugin runtime is starting"), "network_or_unreachable", "gateway_starting"],
    ["draining", refusal(503, "service_unavailable"), "network_or_unreachable", "draining"],
    ["failing", refusal(500, "api_error"), "unknown", "unexpected_answer"],
    ["redirecting", () => Response.redirect("http://127.0.0.1:1/", 302), "unknown", "unexpected_answer"],
  ];

  test.each(rows)("%s", async (_name, answer, errorType, detail) => {
    using server = listenHttp(answer);
    const { probe } = createGateway(server);

    await probe.refresh();

    expect(probe.view().probe).toMatchObject({
      ok: errorType === "",
      status_code: answer().status,
      error_type: errorType,
      detail,
      checked_at: "2026-03-01T00:00:00Z",
    });
  });
});

describe("a gateway that cannot be reached is told apart:", () => {
  const expectUnreachable = async (url: string, detail: ProbeDetail) => {
    const { probe } = createGateway({ url });

    await probe.refresh();

    const { probe: view } = probe.view();
    expect(view).toMatchObject({ ok: false, status_code: 0, error_type: "network_or_unreachable", detail });
    expect(view.message).toMatch(/^(getaddrinfo )?E[A-Z]+/);
    expect(view.message).not.toContain("verbose");
  };

  test("refused", async () => expectUnreachable(await unusedUrl(), "refused"));

  // An empty label: no resolver is asked.
  test("unknown name", () => expectUnreachable("http://gateway..invalid", "dns"));

  test.each<[string, (socket: Socket) => void]>([
    ["reset", (socket) => socket.resetAndDestroy()],
    ["cut before the headers", (socket) => socket.end()],
    ["cut within the headers", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Le")],
    ["cut within the body", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{")],
  ])("%s", async (_name, cut) => {
    await using server = await listenRaw(cut);

    await expectUnreachable(server.url, "reset");
  });

  test.each<[string, string, ProbeErrorType, ProbeDetail]>([
    ["not HTTP", "http", "unknown", "unexpected_answer"],
    ["not TLS", "https", "network_or_unreachable", "tls_failed"],
  ])("%s: reached, but no gateway", async (_name, scheme, error_type, detail) => {
    await using server = await listenRaw((socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"));
    const { probe } = createGateway({ url: server.url.replace("http", scheme) });

    await probe.refresh();

    expect(probe.view().probe).toMatchObject({ status_code: 0, error_type, detail });
  });

  test("hangs", async () => {
    await using server = await listenRaw(() => {});
    const { probe, clock } = createGateway(server);
    const checking = probe.check();
    await server.asked;

    await clock.advance(TIMEOUT_MS);
    await checking;

    expect(probe.view().probe).toMatchObject({
      error_type: "network_or_unreachable",
      detail: "timeout",
      message: "no complete answer within 15 s",
      latency_ms: TIMEOUT_MS,
    });
  });
});

describe("the message", () => {
  test("is the status and the first 220 characters, the token masked", async () => {
    using server = listenHttp(text(401, `${TOKEN}${"𠮷".repeat(300)}`));
    const { probe } = createGateway(server);

    await probe.refresh();

    expect(probe.view().probe.message).toBe(`HTTP 401: ********${"𠮷".repeat(212)}\n...[truncated 88 chars]`);
  });
});

describe("nobody waits for a gateway that hangs", () => {
  test("the caller that starts the check waits 25 ms, everybody else not at all", async () => {
    await using server = await listenRaw(() => {});
    const { probe, clock } = createGateway(server);
    let answered = false;
    const first = probe.refresh().then(() => {
      answered = true;
    });
    await server.asked;

    await Promise.all(Array.from({ length: 199 }, () => probe.refresh()));
    await clock.advance(24);
    expect(answered).toBe(false);
    await clock.advance(1);
    await first;

    expect(probe.view().probe.detail).toBe("not_checked_yet");
    await probe.stop();
  });

  test("stop ends the check under way, counts it as nothing and starts no other", async () => {
    await using server = await listenRaw(() => {});
    const { probe, breaker, clock } = createGateway(server);
    const refreshing = probe.refresh();
    await server.asked;

    await probe.stop();
    await refreshing;
    await probe.refresh();

    expect(probe.view().probe.detail).toBe("not_checked_yet");
    expect(breaker.view().consecutive_failures).toBe(0);
    expect(clock.pendingTimers()).toBe(0);
  });
});

describe("the gateway is asked rarely", () => {
  const readers = (probe: { refresh(): Promise<void> }) =>
    Promise.all(Array.from({ length: 200 }, () => probe.refresh()));

  /** How many requests a gateway gets within `ms` from readers that come once a second, 200 at a time. */
  const requestsWithin = async (ms: number, answer: () => Response): Promise<number> => {
    using server = listenHttp(answer);
    const { probe, clock } = createGateway(server);
    for (let second = 0; second < ms / 1000; second++) {
      await readers(probe);
      await clock.advance(1000);
    }
    return server.requests.length;
  };

  test("once by 200 readers at the same time", async () => {
    expect(await requestsWithin(1000, ready)).toBe(1);
  });

  test("four times a minute while it is well", async () => {
    expect(await requestsWithin(MINUTE_MS, ready)).toBe(4);
  });

  test("once a minute while it refuses our token, so that we are never locked out", async () => {
    expect(await requestsWithin(10 * MINUTE_MS, refusal(401, "unauthorized"))).toBe(10);
  });

  test("not before the end of the pause it asks for", async () => {
    const lockedOut = () => text(429, "", { "Retry-After": "300" })();

    expect(await requestsWithin(300_000, lockedOut)).toBe(1);
    expect(await requestsWithin(301_000, lockedOut)).toBe(2);
  });

  test("at least once an hour, whatever pause it asks for", async () => {
    const absurd = text(429, "", { "Retry-After": "99999999999" });

    expect(await requestsWithin(3_601_000, absurd)).toBe(2);
  });

  test("not at all while the breaker is open; the last result stays beside the countdown", async () => {
    using server = listenHttp(text(502, "Bad Gateway"));
    const { probe, clock } = createGateway(server);
    await probe.refresh();
    await clock.advance(15_000);
    await probe.refresh();

    await clock.advance(59_000);
    await readers(probe);

    expect(server.requests).toHaveLength(2);
    expect(probe.view()).toMatchObject({
      probe: { status_code: 502, checked_at: "2026-03-01T00:00:15Z" },
      breaker: { state: "open", retry_after_seconds: 1, last_error: "HTTP 502" },
    });

    await clock.advance(1000);
    await readers(probe);

    expect(server.requests).toHaveLength(3);
    expect(probe.view().breaker).toMatchObject({ state: "open", retry_after_seconds: 60, consecutive_failures: 3 });
  });

  test("the breaker closes as soon as a check finds the gateway back", async () => {
    let answer = text(502, "Bad Gateway");
    using server = listenHttp(() => answer());
    const { probe, clock } = createGateway(server);
    await probe.refresh();
    await clock.advance(15_000);
    await probe.refresh();

    answer = ready;
    await clock.advance(60_000);
    await probe.refresh();

    expect(probe.view()).toMatchObject({ probe: { ok: true }, breaker: { state: "closed", last_error: "" } });
  });
});
