import { describe, expect, test } from "bun:test";
import { API_TOKEN, createTestApp } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const HOUR = 3_600_000;
const location = (response: Response) => response.headers.get("location");

const logInWith = (app: ReturnType<typeof createTestApp>, fields: Record<string, string>, init: RequestInit = {}) =>
  app.request("/web/login", {
    method: "POST",
    body: new URLSearchParams(fields),
    ...init,
    headers: { origin: "http://127.0.0.1:18889", ...init.headers },
  });

describe("WEB_AUTH", () => {
  const cases: [env: Record<string, string>, host: string, read: number, change: "open" | "login"][] = [
    [{}, "127.0.0.1:18889", 200, "login"],
    [{}, "localhost", 200, "login"],
    [{ BACKEND_ALLOWED_HOSTS: "proxy.example" }, "proxy.example", 303, "login"],
    [{ WEB_AUTH: "always" }, "127.0.0.1:18889", 303, "login"],
    [{ WEB_AUTH: "never" }, "127.0.0.1:18889", 200, "open"],
    [{ WEB_AUTH: "never", BACKEND_ALLOWED_HOSTS: "proxy.example" }, "proxy.example", 200, "open"],
    [{ WEB_AUTH: "never", BACKEND_HOST: "0.0.0.0" }, "127.0.0.1:18889", 303, "login"],
    [{ WEB_AUTH: "auto", BACKEND_HOST: "192.0.2.7" }, "192.0.2.7", 303, "login"],
  ];
  test.each(cases)("%j, asked as %s: reading answers %d, changing is %s", async (env, host, read, change) => {
    const { request } = createTestApp({ env });
    for (const path of ["/", "/web/status", "/web/models"]) {
      const response = await request(path, { headers: { host } });
      expect(response.status).toBe(read);
      if (read === 303) expect(location(response)).toBe(`/web/login?next=${encodeURIComponent(path)}`);
    }
    const pulled = await request("/web/models/pull-astr", {
      method: "POST",
      headers: { host, origin: `http://${host}`, referer: `http://${host}/web/models?q=x` },
    });
    expect(pulled.status).toBe(303);
    expect(location(pulled)).toStartWith(
      change === "open" ? "/web/models?source_mode=" : "/web/login?next=%2Fweb%2Fmodels%3Fq%3Dx",
    );
  });
});

test("the token logs in, the cookie is for us alone, and logging out ends it", async () => {
  const app = createTestApp({ env: { WEB_AUTH: "always" } });
  const answer = await logInWith(app, { token: ` ${API_TOKEN} `, next: "/web/models?q=a%2Fb" });

  expect(answer.status).toBe(303);
  expect(location(answer)).toBe("/web/models?q=a%2Fb");
  const setCookie = answer.headers.get("set-cookie") ?? "";
  expect(setCookie).toMatch(/^openclaw_backend_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const cookie = setCookie.split(";")[0] ?? "";
  expect((await app.request("/web/status", { headers: { cookie } })).status).toBe(200);
  expect(location(await app.request("/web/login?next=/web/models", { headers: { cookie } }))).toBe("/web/models");

  const out = await app.request("/web/logout", {
    method: "POST",
    headers: { cookie, origin: "http://127.0.0.1:18889" },
  });
  expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await app.request("/web/status", { headers: { cookie } })).status).toBe(303);
  const actions = app.auditRecords().map(({ action_type, status }) => [action_type, status]);
  expect(actions).toContainEqual(["login", "ok"]);
  expect(actions).toContainEqual(["logout", "ok"]);
});

test("behind a proxy that speaks TLS the cookie never travels without it", async () => {
  const app = createTestApp({ env: { BACKEND_ALLOWED_HOSTS: "proxy.example" } });
  const headers = { host: "proxy.example", origin: "https://proxy.example" };
  expect((await logInWith(app, { token: API_TOKEN }, { headers })).headers.get("set-cookie")).toContain("; Secure");
});

describe("a session is found among cookies of its name that others have set:", () => {
  const name = "openclaw_backend_session";
  const [junk, other] = ["x".repeat(4096), "B".repeat(43)];
  const around: [what: string, header: (cookie: string) => string][] = [
    ["a bogus one first", (cookie) => `${name}=bogus; ${cookie}`],
    ["one like a key first", (cookie) => `${name}=${other}; ${cookie}`],
    ["a hundred like keys first", (cookie) => `${`${name}=${other}; `.repeat(100)}${cookie}`],
    ["empty ones around it", (cookie) => `${name}=; ${cookie}; ${name}=; ${name}`],
    ["one of 4 KiB first", (cookie) => `${name}=${junk}; ${cookie}`],
    ["one in other case first", (cookie) => `${name.toUpperCase()}=${other}; ${cookie}`],
    ["a name that ends like it", (cookie) => `x${name}=${other}; ${cookie}`],
    ["one that is no URL encoding", (cookie) => `${name}=%E0%A4%A; ${cookie}`],
    ["in quotes", (cookie) => cookie.replace(/=(.*)/, '="$1"')],
    ["without blanks", (cookie) => `a=b;${name}=bogus;${cookie};c=d`],
  ];
  test.each(around)("%s", async (_what, header) => {
    const app = createTestApp({ env: { WEB_AUTH: "always" } });
    const cookie = await app.logIn();
    const statusWith = async (value: string) =>
      (await app.request("/web/status", { headers: { cookie: value } })).status;

    expect(await statusWith(header(cookie))).toBe(200);
    expect(await statusWith(header(`${name}=${other}`))).toBe(303);
    const origin = "http://127.0.0.1:18889";
    await app.request("/web/logout", { method: "POST", headers: { cookie: header(cookie), origin } });
    expect(await statusWith(cookie)).toBe(303);
  });
});

test("a session ends by itself", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock, env: { WEB_AUTH: "always" } });
  const cookie = await app.logIn();
  await clock.advance(12 * HOUR);
  expect((await app.request("/web/status", { headers: { cookie } })).status).toBe(303);
});

test("a wrong token is refused in words, recorded without the token, and slowed down", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock });
  for (const _ of Array(3)) {
    const answer = await logInWith(app, { token: "guess-0123456789abcdef", next: "/web/models" });
    expect(answer.status).toBe(403);
    const page = await answer.text();
    expect(page).toContain("token 不正确");
    expect(page).not.toContain("guess-0123456789abcdef");
    expect(page).toContain('name="next" value="/web/models"');
    expect(answer.headers.get("set-cookie")).toBeNull();
  }
  let isAnswered = false;
  const fourth = logInWith(app, { token: "guess" }).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await clock.advance(100);
  expect(isAnswered).toBe(false);
  await clock.advance(200);
  expect((await fourth).status).toBe(403);
  expect(JSON.stringify(app.auditRecords())).not.toContain("guess");
  expect(app.auditRecords().at(-1)).toMatchObject({ action_type: "login", status: "refused", error: "auth_invalid" });
});

test("a login leads nowhere but to our own pages", async () => {
  const app = createTestApp();
  const hostile = ["//evil.example", "https://evil.example/web/", "/\\evil.example", "/web/\r\nX: y", "/api/v1/status"];
  for (const next of [...hostile, "/web/login", "/web/logout", "javascript:alert(1)", ""]) {
    expect(location(await logInWith(app, { token: API_TOKEN, next }))).toBe("/web/status");
  }
});

test("without a configured token nobody logs in", async () => {
  const app = createTestApp({ env: { BACKEND_API_TOKEN: "replace_with_strong_random_token" } });
  for (const token of ["", "replace_with_strong_random_token"]) {
    const answer = await logInWith(app, { token });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("BACKEND_API_TOKEN");
  }
});

test("another site can neither log in nor out, and a link from it shows the page in one more step", async () => {
  const app = createTestApp({ env: { WEB_AUTH: "always" } });
  const foreign = { origin: "http://evil.example" };
  expect((await logInWith(app, { token: API_TOKEN }, { headers: foreign })).status).toBe(403);
  expect((await app.request("/web/logout", { method: "POST", headers: foreign })).status).toBe(403);

  // The browser keeps a strict cookie back from the step that another site caused.
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const step = await app.request("/web/status", { headers });
  expect(await step.text()).toContain('http-equiv="refresh" content="0"');
});
