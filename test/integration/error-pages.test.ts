import { describe, expect, test } from "bun:test";
import { createTestApp } from "@test/support/app.ts";
import { createUnavailableApp } from "@/app.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "zh-CN" };

describe("a browser gets a page", () => {
  test.each([
    ["/nowhere", {}, 404, "路径不存在"],
    ["/web/nowhere", {}, 404, "路径不存在"],
    ["/web/jobs/1/2/3", {}, 404, "路径不存在"],
    ["/assets/old.0123.css", {}, 404, ""],
    ["/%E4%BD%A0%E5%A5%BD<script>", {}, 404, "路径不存在"],
    ["/web/logout", {}, 405, "此路径不支持该方法"],
    ["/nowhere", { "accept-language": "en" }, 404, "Path not found"],
    ["/nowhere", { cookie: "lang=en" }, 404, "Path not found"],
    ["/web/status", { host: "evil.example" }, 403, "不接受此 Host"],
    ["/", { host: "backend.lan" }, 403, "BACKEND_ALLOWED_HOSTS=backend.lan"],
    ["/anything", { host: "10.0.0.7:18889" }, 403, "BACKEND_ALLOWED_HOSTS=10.0.0.7"],
  ])("%s %p", async (path, headers, status, text) => {
    const response = await createTestApp().request(path, { headers: { ...BROWSER, ...headers } });
    const page = await response.text();
    expect(response.status).toBe(status);
    if (text === "") return;
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page).toStartWith("<!doctype html>");
    expect(page).toContain(text);
    expect(page).toContain(response.headers.get("x-trace-id") ?? "none");
    expect(page).not.toContain("<script>");
    expect(page).not.toContain("evil.example");
  });

  test("for a fault of ours, with the command that finds it in the log", async () => {
    const app = createTestApp();
    app.container.models.lastSync = () => {
      throw new Error("a bug");
    };
    const response = await app.request("/web/status", { headers: { ...BROWSER, "x-trace-id": "find-me.1" } });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain(`grep -h find-me.1 ${app.root}/logs/backend/backend.log*`);
  });

  test("while the service starts, which loads itself again", async () => {
    const app = createUnavailableApp({
      allowedHosts: new Set(["localhost"]),
      boundHost: "localhost",
      reason: "starting",
    });
    const response = await app.request("/web/status", { headers: { ...BROWSER, host: "localhost" } });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.text()).toContain('http-equiv="refresh" content="1"');
  });
});

test.each([
  ["/nowhere", {}, 404],
  ["/nowhere", { accept: "*/*" }, 404],
  ["/nowhere", { accept: "application/json" }, 404],
  ["/api/v1/nowhere", BROWSER, 401],
  ["/metrics", BROWSER, 401],
  ["/web/status", { host: "evil.example" }, 403],
])("a program gets JSON: %s %p", async (path, headers, status) => {
  const response = await createTestApp().request(path, { headers });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ ok: false });
});

test("an inline style of ours is allowed by its hash alone", async () => {
  const policy = (await createTestApp().request("/web/status")).headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/style-src 'self' 'sha256-[\w+/]{43}='(?:;|$)/);
  expect(policy).not.toContain("unsafe");
});
