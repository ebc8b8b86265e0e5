import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fieldCases from "@test/fixtures/gateway/field-cases.json";
import { API_TOKEN, readJson } from "@test/support/app.ts";
import { CREATED, END_MARK, event } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { type RelayUnderTest, startRelay } from "@test/support/relay.ts";

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

const toResponse = ({ status, headers, body }: Answer) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

interface TlsFiles {
  key: Buffer;
  cert: Buffer;
}

const startGateway = (answer: (isProbe: boolean) => Response, tls?: TlsFiles) => {
  let turns = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls && { tls }),
    async fetch(request) {
      const isProbe = request.method !== "POST" || (await request.text()) === "{}";
      if (!isProbe) turns++;
      return answer(isProbe);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    turns: () => turns,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
};

const PROXY_PAGE = "<html><head><title>x</title></head><body><h1>x</h1></body></html>";
const HTML = { "content-type": "text/html" };
const TEXT = { "content-type": "text/plain; charset=utf-8" };
const JSON_TYPE = { "content-type": "application/json" };
const withChallenge = (challenge: string, headers: Record<string, string> = {}) => ({
  ...headers,
  "www-authenticate": challenge,
});
const error = (type: string, more: object = {}) => ({ error: { type, message: "…", ...more } });

const own = (name: string): Answer => {
  const found = fieldCases.find((fieldCase) => fieldCase.name === name)?.probe;
  if (!found || typeof found === "string") throw new Error(`no case ${name}`);
  return found as unknown as Answer;
};

const rows: [name: string, answer: Answer, errorType: string, detail: string][] = [
  ["field: scope403", own("scope403"), "auth_failed", "scope"],
  [
    "403 with the scope as code",
    { status: 403, headers: JSON_TYPE, body: error("x", { code: "MISSING_SCOPE" }) },
    "auth_failed",
    "scope",
  ],
  ["403 operator access denied", { status: 403, headers: JSON_TYPE, body: error("forbidden") }, "auth_failed", "scope"],
  [
    "403 with RFC 6750's challenge",
    {
      status: 403,
      headers: withChallenge('Bearer realm="x", error="insufficient_scope", scope="operator.write"', JSON_TYPE),
      body: {},
    },
    "auth_failed",
    "scope",
  ],
  [
    "401 with it",
    { status: 401, headers: withChallenge("bearer error=insufficient_scope"), body: "" },
    "auth_failed",
    "scope",
  ],
  [
    "403 with details",
    {
      status: 403,
      headers: JSON_TYPE,
      body: { ok: false, ...error("forbidden", { details: { missingScope: "operator.read" } }) },
    },
    "auth_failed",
    "scope",
  ],
  ["field: basic401", own("basic401"), "auth_failed", "proxy_auth"],
  [
    "Traefik's Basic",
    { status: 401, headers: withChallenge('Basic realm="traefik"', TEXT), body: "401 Unauthorized\n" },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "Caddy's Basic, without a body",
    { status: 401, headers: withChallenge('Basic realm="restricted"'), body: "" },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "Digest",
    { status: 401, headers: withChallenge('Digest realm="x", nonce="y"', JSON_TYPE), body: {} },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "Negotiate",
    { status: 401, headers: withChallenge("Negotiate", HTML), body: PROXY_PAGE },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "Kong's key",
    { status: 401, headers: withChallenge('Key realm="kong"', JSON_TYPE), body: { message: "No API key found" } },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "nginx's 403",
    { status: 403, headers: HTML, body: "<html><h1>403 Forbidden</h1><hr>nginx</html>" },
    "auth_failed",
    "proxy_auth",
  ],
  [
    "Cloudflare's block",
    { status: 403, headers: { "content-type": "text/html; charset=UTF-8" }, body: "<!DOCTYPE html>…" },
    "auth_failed",
    "proxy_auth",
  ],
  ["407", { status: 407, headers: withChallenge("Basic"), body: "" }, "auth_failed", "proxy_auth"],
  [
    "2026.9.6 before a proxy it does not trust",
    { status: 403, headers: JSON_TYPE, body: error("proxy_attribution_required") },
    "auth_failed",
    "proxy_auth",
  ],
  ["field: nginx502", own("nginx502"), "network_or_unreachable", "proxy_down"],
  ["nginx 504", { status: 504, headers: HTML, body: PROXY_PAGE }, "network_or_unreachable", "proxy_down"],
  ["Cloudflare 521", { status: 521, headers: HTML, body: "<!DOCTYPE html>…" }, "network_or_unreachable", "proxy_down"],
  [
    "Cloudflare 530 as text",
    { status: 530, headers: TEXT, body: "error code: 1033" },
    "network_or_unreachable",
    "proxy_down",
  ],
  ["Caddy", { status: 502, headers: { server: "Caddy" }, body: "" }, "network_or_unreachable", "proxy_down"],
  [
    "Traefik without a server",
    { status: 503, headers: TEXT, body: "no available server\n" },
    "network_or_unreachable",
    "proxy_down",
  ],
  ["Traefik", { status: 502, headers: TEXT, body: "Bad Gateway" }, "network_or_unreachable", "proxy_down"],
  [
    "HAProxy",
    {
      status: 503,
      headers: HTML,
      body: "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
    },
    "network_or_unreachable",
    "proxy_down",
  ],
  [
    "Envoy",
    { status: 503, headers: TEXT, body: "upstream connect error or disconnect/reset before headers" },
    "network_or_unreachable",
    "proxy_down",
  ],
  [
    "Kong",
    { status: 502, headers: JSON_TYPE, body: { message: "An invalid response was received from the upstream server" } },
    "network_or_unreachable",
    "proxy_down",
  ],
  [
    "one challenge of two",
    { status: 401, headers: withChallenge('Bearer realm="a", Basic realm="b"', TEXT), body: "Unauthorized" },
    "auth_failed",
    "proxy_auth",
  ],
  ["oauth2-proxy's empty object", { status: 401, headers: JSON_TYPE, body: {} }, "auth_failed", "proxy_auth"],
  ["a proxy's word", { status: 401, headers: TEXT, body: "Unauthorized" }, "auth_failed", "proxy_auth"],
  ["Express", { status: 403, headers: JSON_TYPE, body: { error: "Forbidden" } }, "auth_failed", "proxy_auth"],
  [
    "AWS",
    { status: 403, headers: JSON_TYPE, body: { message: "Missing Authentication Token" } },
    "auth_failed",
    "proxy_auth",
  ],
  ...[
    "https://team.cloudflareaccess.com/cdn-cgi/access/login/gateway.example?redirect_url=%2Fv1%2Fresponses",
    "https://accounts.google.com/o/oauth2/auth?client_id=x&redirect_uri=y",
    "/oauth2/sign_in?rd=%2Fv1%2Fresponses",
    "https://auth.example/?rd=https%3A%2F%2Fgateway.example%2Fv1%2Fresponses&rm=POST",
  ].map((location): (typeof rows)[number] => [
    `a login at ${location}`,
    { status: 302, headers: { location }, body: "" },
    "auth_failed",
    "proxy_auth",
  ]),
  ...[
    { message: "missing scope: operator.write" },
    { type: "permission_error", message: "missing scope: operator.admin" },
    "insufficient_scope",
  ].map((error): (typeof rows)[number] => [
    `403 with ${JSON.stringify(error)}`,
    { status: 403, headers: JSON_TYPE, body: { error } },
    "auth_failed",
    "scope",
  ]),
  [
    "a string as error",
    { status: 502, headers: JSON_TYPE, body: { error: "x" } },
    "network_or_unreachable",
    "proxy_down",
  ],
  ...[
    "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
    "Client sent an HTTP request to an HTTPS server.\n",
    "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br /></p>",
  ].map((body): (typeof rows)[number] => [
    body,
    { status: 400, headers: HTML, body },
    "network_or_unreachable",
    "tls_expected",
  ]),
  [
    "Caddy and others send http to https",
    { status: 308, headers: { location: "https://gateway.example/v1/responses" }, body: "" },
    "network_or_unreachable",
    "tls_expected",
  ],
  [
    "nginx the same",
    { status: 301, headers: { ...HTML, location: "HTTPS://gateway.example/" }, body: PROXY_PAGE },
    "network_or_unreachable",
    "tls_expected",
  ],
];

const inBothLanguages = async ({ api, request }: RelayUnderTest) => {
  const texts = ["zh-CN", "en"].flatMap((lang) => [
    api(`/status?format=text&lang=${lang}`),
    request(`/web/status?lang=${lang}`, { headers: { authorization: `Bearer ${API_TOKEN}` } }),
  ]);
  return Promise.all(texts.map(async (response) => (await response).text()));
};

describe("what answers instead of the gateway, or refuses in its name, is told apart:", () => {
  test.each(rows)("%s", async (_name, answer, error_type, detail) => {
    await using gateway = startGateway(() => toResponse(answer));
    await using relay = startRelay({ gateway });

    const { sidecar_probe } = await relay.status();
    expect(sidecar_probe).toMatchObject({ ok: false, status_code: answer.status, error_type, detail });

    const titles: Record<string, [zhCN: string, en: string]> = {
      scope: ["网关的 token 缺少权限", "The gateway's token lacks a permission".replace("'", "&#39;")],
      proxy_auth: ["网关前面的代理拒绝了请求", "A proxy in front of the gateway rejects the request"],
      proxy_down: ["代理连不上网关", "The proxy cannot reach the gateway"],
      tls_expected: ["网关要求使用 https", "The gateway expects https"],
    };
    const [zhCN = "", en = ""] = titles[detail] ?? [];
    const [chatZh, pageZh, chatEn, pageEn] = await inBothLanguages(relay);
    expect([chatZh, pageZh]).toEqual([expect.stringContaining(zhCN), expect.stringContaining(zhCN)]);
    expect([chatEn, pageEn]).toEqual([expect.stringContaining(en.replace("&#39;", "'")), expect.stringContaining(en)]);

    // The token was not refused, so turns go on.
    await relay.turn();
    await relay.clock.advance(60_001);
    await relay.turn();
    expect(gateway.turns()).toBe(2);
    expect(relay.view().last_turn).toMatchObject({ outcome: "failed", error_type, detail });
  });

  test.each<[string, Answer]>([
    ["401 in the gateway's words", { status: 401, headers: JSON_TYPE, body: error("unauthorized") }],
    [
      "401 with a Bearer challenge",
      { status: 401, headers: withChallenge("Bearer", JSON_TYPE), body: error("unauthorized") },
    ],
    ["401 without a word", { status: 401, headers: {}, body: "" }],
    ["403 without a word", { status: 403, headers: {}, body: "" }],
    ["a lock-out", { status: 429, headers: JSON_TYPE, body: error("rate_limited") }],
  ])("but %s rests the relay", async (_name, answer) => {
    await using gateway = startGateway(() => toResponse(answer));
    await using relay = startRelay({ gateway });

    await relay.turn();
    expect((await readJson(await relay.turn())).error_code).toBe("auth_failed");
    expect(gateway.turns()).toBe(1);
  });
});

describe("a gateway with TLS", () => {
  const tls = (cert = "test-only.crt") => ({
    key: readFileSync(fixture("tls/test-only.key")),
    cert: readFileSync(fixture(`tls/${cert}`)),
  });
  const invalid = () => toResponse({ status: 400, headers: JSON_TYPE, body: error("invalid_request_error") });

  test("that is asked by http is told to want https, not to be starting", async () => {
    await using gateway = startGateway(invalid, tls());
    await using relay = startRelay({ gateway });

    expect((await relay.status()).sidecar_probe).toMatchObject({
      status_code: 0,
      error_type: "network_or_unreachable",
      detail: "tls_expected",
    });
  });

  test.each([
    [
      "test-only.crt",
      "DEPTH_ZERO_SELF_SIGNED_CERT: self signed certificate",
      "网关的证书不受信任",
      "NODE_EXTRA_CA_CERTS",
    ],
    ["test-only-expired.crt", "CERT_HAS_EXPIRED: certificate has expired", "网关的证书不在有效期内", "核对本机时间"],
  ])("and its own certificate, %s: what is wrong with it and what to set", async (cert, message, title, fix) => {
    await using gateway = startGateway(invalid, tls(cert));
    await using relay = startRelay({ gateway: { url: gateway.url.replace("http:", "https:") } });

    expect((await relay.status()).sidecar_probe).toMatchObject({
      error_type: "network_or_unreachable",
      detail: "certificate",
      message,
    });
    const [chat, page] = await inBothLanguages(relay);
    expect(chat).toContain(title);
    expect(page).toContain(fix);
    expect((await readJson(await relay.turn())).error_code).toBe("network_or_unreachable");
    expect(relay.view().last_turn?.detail).toBe("certificate");
  });

  test("that refuses the handshake for want of a client certificate is not said to have no TLS", async () => {
    const alert = Buffer.from("15030300020274", "hex");
    using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end(alert) } });
    await using relay = startRelay({ gateway: { url: `https://127.0.0.1:${server.port}` } });

    expect((await relay.status()).sidecar_probe.detail).toBe("tls_failed");
    const [chatZh, , chatEn] = await inBothLanguages(relay);
    expect([chatZh, chatEn]).toEqual([
      expect.stringContaining("要求客户端证书"),
      expect.stringContaining("client certificate"),
    ]);
  });

  test("asked by https, where the port speaks plain HTTP", async () => {
    await using gateway = startGateway(invalid);
    await using relay = startRelay({ gateway: { url: gateway.url.replace("http:", "https:") } });

    expect((await relay.status()).sidecar_probe).toMatchObject({
      error_type: "network_or_unreachable",
      detail: "tls_failed",
    });
  });
});

const ready = toResponse.bind(null, { status: 400, headers: JSON_TYPE, body: error("invalid_request_error") });

test.each([
  ["a proxy's time limit is not blamed on the model", 504, HTML, true],
  ["a turn too large for a proxy is the caller's", 413, HTML, false],
  ["a turn too large for the gateway is the caller's", 413, JSON_TYPE, false],
])("%s", async (_name, status, headers, isTold) => {
  await using gateway = startGateway((isProbe) =>
    isProbe ? ready() : toResponse({ status, headers, body: headers === HTML ? PROXY_PAGE : error("x") }),
  );
  await using relay = startRelay({ gateway });
  await relay.turn();
  await relay.status();

  const texts = await inBothLanguages(relay);
  expect(texts.map((text) => /limits \(login|代理的限制/.test(text))).toEqual([isTold, isTold, isTold, isTold]);
  expect(texts.join("")).not.toMatch(/Check the model|检查模型密钥/);
});

describe("a turn of 2026.2.9 in the field:", () => {
  for (const { name, turn, expect: expected } of fieldCases) {
    if (!turn) continue;
    const isFailure = expected !== "completed";
    test(`${name} is ${isFailure ? "failed" : "completed"}`, async () => {
      await using gateway = startGateway((isProbe) => (isProbe ? ready() : toResponse(turn)));
      await using relay = startRelay({ gateway });

      expect(await (await relay.turn()).json()).toEqual(turn.body);
      expect(relay.view().last_turn).toMatchObject(
        isFailure
          ? { outcome: "failed", status_code: 200, detail: "upstream_model_error" }
          : { outcome: "completed", detail: "" },
      );
      const { check } = await readJson(await relay.api("/gateway/check", {}));
      expect(check).toMatchObject({ ok: !isFailure, detail: isFailure ? "upstream_model_error" : "" });

      await relay.status();
      const [, page] = await inBothLanguages(relay);
      expect(page?.includes("最近一轮真实对话没有成功")).toBe(isFailure);
      expect(relay.breaker().state).toBe("closed");
    });

    test(`${name} as a stream too, whose events pass as they came`, async () => {
      const stream = CREATED + event("response.completed", { response: turn.body }) + END_MARK;
      const headers = { "content-type": "text/event-stream" };
      await using gateway = startGateway((isProbe) => (isProbe ? ready() : new Response(stream, { headers })));
      await using relay = startRelay({ gateway });

      expect(await (await relay.turn()).text()).toBe(stream);
      expect(relay.view().last_turn?.outcome).toBe(isFailure ? "failed" : "completed");
    });
  }
});
