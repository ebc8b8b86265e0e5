import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { API_TOKEN, createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createApp } from "@/app.ts";
import { createLogger } from "@/lib/logger.ts";

const bearer = (value: string) => ({ headers: { authorization: value } });

describe("authentication", () => {
  const answers: [name: string, authorization: string | undefined, status: number][] = [
    ["no header", undefined, 401],
    ["the scheme alone", "Bearer", 401],
    ["another scheme", `Basic ${API_TOKEN}`, 401],
    ["the bare token", API_TOKEN, 401],
    ["a tab after the scheme", `Bearer\t${API_TOKEN}`, 401],
    ["a wrong token", "Bearer wrong", 403],
    ["the token and a word more", `Bearer ${API_TOKEN} x`, 403],
    ["the token in another case", `Bearer ${API_TOKEN.toUpperCase()}`, 403],
    ["the header twice, the token first", `Bearer ${API_TOKEN}, Bearer wrong`, 401],
    ["the header twice, the token last", `Bearer wrong, Bearer ${API_TOKEN}`, 401],
    ["the header twice, of two schemes", `Basic eDp5,Bearer ${API_TOKEN}`, 401],
    ["the header twice, joined without a blank", `Bearer ${API_TOKEN},Bearer wrong`, 401],
    ["a scheme that only ends so", `xBearer ${API_TOKEN}`, 401],
    ["a scheme and a blank", "Bearer  ", 401],
    ["a wrong token with a comma in it", "Bearer a,bcd", 403],
    ["the token", `Bearer ${API_TOKEN}`, 200],
    ["the scheme in another case", `bEARER ${API_TOKEN}`, 200],
    ["two spaces", `Bearer  ${API_TOKEN}`, 200],
  ];
  test.each(answers)("answers %s as the contract says", async (_name, authorization, status) => {
    const { request } = createTestApp();
    const response = await request("/api/v1/executors", authorization === undefined ? {} : bearer(authorization));
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
    if (status !== 200) expect(await readJson(response)).toMatchObject({ ok: false, error_code: "auth_failed" });
  });

  test("refuses a fourth wrong token later, and lets the right one in meanwhile", async () => {
    const clock = createTestClock();
    const { request } = createTestApp({ clock });
    const guess = () => request("/api/v1/executors", bearer("Bearer wrong"));
    for (let n = 0; n < 3; n++) expect((await guess()).status).toBe(403);
    const fourth = guess();
    await clock.advance(249);
    expect(Bun.peek.status(fourth)).toBe("pending");
    expect((await request("/api/v1/executors", bearer(`Bearer ${API_TOKEN}`))).status).toBe(200);
    await clock.advance(1);
    expect((await fourth).status).toBe(403);
  });

  test("counts wrong tokens for the socket's other end, whatever a header says of it", async () => {
    const clock = createTestClock();
    const app = createApp(createTestApp({ clock }).container);
    const guess = (address: string | undefined) =>
      Promise.resolve(
        app.request(
          "http://127.0.0.1/api/v1/executors",
          {
            headers: {
              host: "127.0.0.1",
              authorization: "Bearer wrong",
              "x-forwarded-for": `10.0.0.${clock.monotonicMs()}`,
            },
          },
          { remoteAddress: () => address },
        ),
      );
    for (let n = 0; n < 3; n++) await guess("192.0.2.1");
    const fourth = guess("192.0.2.1");
    expect((await guess("192.0.2.2")).status).toBe(403);
    expect((await guess(undefined)).status).toBe(403);
    expect(Bun.peek.status(fourth)).toBe("pending");
    await clock.advance(250);
    expect((await fourth).status).toBe(403);
  });

  test("does not take the token from the query", async () => {
    expect((await createTestApp().request(`/api/v1/executors?token=${API_TOKEN}`)).status).toBe(401);
  });

  test.each(["", "short", "replace_with_strong_random_token"])(
    "answers 503 to everyone while the token is %j",
    async (token) => {
      const { request } = createTestApp({ env: { BACKEND_API_TOKEN: token } });
      const response = await request("/api/v1/executors", bearer(`Bearer ${token}`));
      expect(response.status).toBe(503);
      expect(await readJson(response)).toMatchObject({
        error_code: "auth_not_configured",
        error: "BACKEND_API_TOKEN 未配置。",
      });
    },
  );

  test("comes before path, method and body, so that none of them can be guessed", async () => {
    const { request } = createTestApp();
    const answers = await Promise.all([
      request("/api/v1/nope"),
      request("/api/v1/models", { method: "DELETE" }),
      request("/api/v1/executors/"),
      request("/api/v1/executor/jobs", { method: "POST", body: "{" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });
});

describe("the Host", () => {
  const hosts: [host: string, status: number][] = [
    ["127.0.0.1:18889", 200],
    ["localhost", 200],
    ["LOCALHOST:8080", 200],
    ["[::1]:18889", 200],
    ["localhost:65535", 200],
    ["evil.example[::1]:18889", 403],
    ["evil.example:localhost", 403],
    ["proxy.example", 200],
    ["evil.example:18889", 403],
    ["127.0.0.1.evil.example", 403],
    ["127.0.0.1:18889, evil", 403],
    ["localhost:99999", 403],
    ["localhost:x", 403],
    ["[localhost]", 403],
    ["localhost@evil.example", 403],
    ["", 403],
  ];
  test.each(hosts)("%j is answered %d on pages and API alike", async (host, status) => {
    const { request, api } = createTestApp({ env: { BACKEND_ALLOWED_HOSTS: "proxy.example" } });
    expect((await request("/docs", { headers: { host } })).status).toBe(status);
    const response = await api("/models", undefined, { headers: { host } });
    expect(response.status).toBe(status);
    if (status === 403) expect(await readJson(response)).toMatchObject({ error_code: "host_not_allowed" });
  });
});

describe("a private name that is refused is answered with what to set:", () => {
  const hint = async (host: string, env: Record<string, string> = {}, language = "en") => {
    const { api } = createTestApp({ env });
    const response = await api("/models", undefined, { headers: { host, "accept-language": language } });
    expect(response.status).toBe(403);
    const { error_code, error, hint } = await readJson(response);
    expect(error_code).toBe("host_not_allowed");
    return `${error} ${hint}`;
  };

  test.each([
    "172.17.0.1",
    "192.168.1.20",
    "10.0.0.7",
    "100.101.102.103",
    "169.254.10.1",
    "fd12:3456::1",
    "fe80::1",
    "host.docker.internal",
    "host.containers.internal",
    "backend-service",
    "1panel_openclaw",
    "astrbot_openclaw_1",
    "nas.local",
  ])("%s", async (host) => {
    const header = host.includes(":") ? `[${host}]:18889` : `${host.toUpperCase()}:18889`;
    for (const language of ["en", "zh-CN"]) {
      const onLoopback = await hint(header, { BACKEND_HOST: "127.0.0.1" }, language);
      expect(onLoopback).toContain(`BACKEND_ALLOWED_HOSTS=${host}`);
      expect(onLoopback).toContain("BACKEND_HOST=0.0.0.0");
      const onNetwork = await hint(header, { BACKEND_HOST: "203.0.113.7" }, language);
      expect(onNetwork).toContain(`BACKEND_ALLOWED_HOSTS=${host}`);
      expect(onNetwork).not.toContain("BACKEND_HOST=");
    }
  });

  test.each([
    "evil.example",
    "203.0.113.5",
    "172.32.0.1",
    "172.17.0.1.evil.example",
    "100.128.0.1",
    "2001:db8::1",
    "fc::1",
    "12345",
    "a.b.c.d.e.f.g.local",
    "<b>.local",
    'a"b',
    "a".repeat(64),
    `${"a.".repeat(4000)}local`,
  ])("but %j is not repeated", async (host) => {
    const text = await hint(isIPv6(host) ? `[${host}]` : host);
    expect(text).not.toContain(host);
    expect(text).toContain("add a proxy name to BACKEND_ALLOWED_HOSTS");
  });
});

test("browsers are let to name our own origin with our forms", async () => {
  // With no-referrer they send "Origin: null", and the pull button of the page would be refused (seen in Chromium).
  expect((await createTestApp().request("/web/models")).headers.get("referrer-policy")).toBe("same-origin");
});

describe("a page's write", () => {
  test.each([undefined, "null", "http://evil.example", "http://127.0.0.1:9"])(
    "is refused from origin %j",
    async (origin) => {
      const { request } = createTestApp();
      const headers: Record<string, string> = origin === undefined ? {} : { origin };
      const response = await request("/web/models/pull-astr", { method: "POST", headers });
      expect(response.status).toBe(403);
      expect(await readJson(response)).toMatchObject({ error_code: "origin_not_allowed" });
    },
  );
});

describe("paths and methods", () => {
  test("unknown paths are 404 in the usual envelope", async () => {
    const { api, request } = createTestApp();
    for (const response of [
      await request("/nope"),
      await request("/WEB/status"),
      await api("/nope"),
      await request("//web/status"),
    ]) {
      expect(response.status).toBe(404);
      expect(await readJson(response)).toMatchObject({
        ok: false,
        error_code: "not_found",
        trace_id: expect.any(String),
      });
    }
  });

  const methods: [method: string, path: string, allow: string][] = [
    ["POST", "/api/v1/models", "GET, HEAD"],
    ["OPTIONS", "/api/v1/models", "GET, HEAD"],
    ["GET", "/api/v1/executor/jobs/x/cancel", "POST"],
    ["DELETE", "/web/status", "GET, HEAD"],
    ["GET", "/web/models/pull-astr", "POST"],
  ];
  test.each(methods)("%s %s is 405 and names what is allowed", async (method, path, allow) => {
    const { request } = createTestApp();
    const headers = { authorization: `Bearer ${API_TOKEN}`, origin: "http://127.0.0.1:18889" };
    const response = await request(path, { method, headers });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await readJson(response)).toMatchObject({ ok: false, error_code: "method_not_allowed" });
  });

  test("HEAD works wherever GET does, without a body", async () => {
    const { request } = createTestApp();
    for (const path of ["/", "/web/status", "/web/models", "/docs", "/openapi.json"]) {
      const response = await request(path, { method: "HEAD" });
      expect([path, response.status, await response.text()]).toEqual([path, 200, ""]);
    }
  });

  test("a trailing slash is redirected relatively, whatever the Host says and the method is", async () => {
    const { request } = createTestApp();
    for (const method of ["GET", "POST"]) {
      const response = await request("/web/models//?pull=ok", {
        method,
        headers: { origin: "http://127.0.0.1:18889" },
      });
      expect(response.status).toBe(307);
      expect(response.headers.get("location")).toBe("/web/models?pull=ok");
    }
    expect((await request("//evil.example/")).status).toBe(404);
  });

  test("a path is percent-decoded once", async () => {
    const { api } = createTestApp();
    expect((await api("/%65xecutors")).status).toBe(200);
    expect((await api("/%2565xecutors")).status).toBe(404);
    for (const id of ["%FF", "%00", "a%2Fb", "%zz"]) {
      const response = await api(`/executor/jobs/${id}`);
      expect([id, response.status]).toEqual([id, 404]);
    }
  });
});

describe("the trace id", () => {
  test("is the caller's when it is harmless, and is on every kind of answer", async () => {
    const { request, api } = createTestApp();
    const headers = { "x-trace-id": "Abc-1.2:3_4" };
    for (const response of [
      await request("/web/models", { headers }),
      await request("/nope", { headers }),
      await request("/api/v1/models", { headers }),
      await api("/models", undefined, { headers }),
      await api("/executor/jobs", "{", { headers }),
    ]) {
      expect(response.headers.get("x-trace-id")).toBe("Abc-1.2:3_4");
    }
  });

  test.each(["", "a b", "x".repeat(129), "引"].map((id) => [encodeURIComponent(id), id]))(
    "%s is replaced",
    async (_name, id) => {
      const { api } = createTestApp();
      const response = await api("/models", undefined, {
        headers: /^[\x20-\x7e]*$/.test(id) ? { "x-trace-id": id } : {},
      });
      const traceId = response.headers.get("x-trace-id") ?? "";
      expect(traceId).toMatch(/^[0-9a-f]{12}$/);
      expect(await readJson(response)).toMatchObject({ trace_id: traceId });
    },
  );
});

test("an unexpected error is a fixed sentence with a trace id; its cause stays inside", async () => {
  const { api, container } = createTestApp();
  container.jobs.waitForEnd = () => {
    throw new Error("secret detail");
  };
  const response = await api("/executor/jobs/x");
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(response.headers.get("x-trace-id")).toMatch(/^[0-9a-f]{12}$/);
  expect(JSON.parse(text)).toMatchObject({ error_code: "internal_error", error: "服务内部错误。" });
  expect(text).not.toContain("secret detail");
});

test("errors are Chinese first, and English for those who ask", async () => {
  const { request } = createTestApp();
  const read = async (headers: Record<string, string>) => (await readJson(await request("/nope", { headers }))).error;
  expect(await read({})).toBe("路径不存在。");
  expect(await read({ "accept-language": "fr, en;q=0.8" })).toBe("Path not found.");
});

test("refused requests are on the audit log, without anything secret, and a flood of them is bounded", async () => {
  const { request, api, auditRecords, config } = createTestApp();
  await request("/api/v1/executor/jobs?token=query-secret", { method: "POST", ...bearer("Bearer wrong-secret") });
  await api("/executor/jobs", { task: "" });
  expect(auditRecords()).toMatchObject([
    {
      action_category: "host_exec",
      action_type: "backend_exec_job",
      status: "refused",
      error_code: "auth_failed",
      denied: true,
      decision_reason: "request_refused",
      params_summary: { method: "POST", path: "/api/v1/executor/jobs" },
    },
    { error_code: "missing_task" },
  ]);
  for (let n = 0; n < 100; n++) await request("/api/v1/models");
  // 60 without a token, and the client's own.
  expect(auditRecords()).toHaveLength(61);
  expect(readFileSync(config.auditPath, "utf8")).not.toMatch(/wrong-secret|query-secret/);
});

test("whatever comes without a token, in whatever number, leaves the log to the others", async () => {
  const path = join(newRoot(), "backend.log");
  const { request, api } = createTestApp({ logger: createLogger({ path }) });
  await api("/models");
  // More than three would be held back.
  for (let n = 0; n < 3; n++) await request("/api/v1/models", bearer("Bearer wrong-secret"));
  const floods: [path: string, init: RequestInit][] = [
    ["/api/v1/models", bearer("")],
    ["/nope", {}],
    ["/", { headers: { host: "evil.example" } }],
    ["/", { headers: { origin: "http://evil.example" } }],
    ["/", { method: "DELETE" }],
    [`/?${"x".repeat(9000)}`, {}],
    ["/web/login", {}],
    ["/web/jobs", {}],
  ];
  await Promise.all(floods.flatMap(([path, init]) => Array.from({ length: 30 }, () => request(path, init))));
  for (let n = 0; n < 100; n++) await api("/models");

  const lines = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const isOurs = ({ path, status }: { path: string; status: number }) => path === "/api/v1/models" && status === 200;
  expect(lines.filter(isOurs)).toHaveLength(101);
  expect(lines.filter((line) => !isOurs(line))).toHaveLength(60);
  expect(lines.find((line) => line.suppressed_before !== undefined)).toMatchObject({ suppressed_before: 183 });
});
