import { expect, test } from "bun:test";
import { API_TOKEN, createTestApp } from "@test/support/app.ts";
import { operations } from "@/openapi/operations.ts";

const page = async (app: ReturnType<typeof createTestApp>, query = "", headers: Record<string, string> = {}) =>
  (await app.request(`/docs${query}`, { headers: { "accept-language": "en", ...headers } })).text();

test("the reference has each operation with its parameters, schemas, examples and a command for this address", async () => {
  const html = await page(createTestApp());
  for (const { id, path } of operations) {
    expect(html).toContain(`<details id="${id}"`);
    expect(html).toContain(path);
  }
  expect(html).toContain("curl -s -X POST &#39;http://127.0.0.1:18889/api/v1/executor/jobs&#39;");
  expect(html).toContain("<code>Idempotency-Key</code>");
  expect(html).toContain('<details id="schema-JobReply"');
  expect(html).toContain('<a href="#schema-JobReply">JobReply</a>');
  expect(html).not.toMatch(/`|\{\w+\.\w+\}|undefined|\[object/);
  expect(html).not.toMatch(/src="https?:|<script(?! defer)/);
});

test.each([
  ["cancel", ["cancelJob"]],
  ["POST executor", ["submitJob", "cancelJob", "resumeJobs"]],
  ["指标", ["getMetrics"]],
  ["nothing of the kind", []],
  ["<script>", []],
])("a search for %p finds %p", async (text, ids) => {
  const html = await page(createTestApp(), `?${new URLSearchParams({ text })}`);
  const found = [...html.matchAll(/<details id="(\w+)" class="part" open/g)].map(([, id]) => id);
  expect(found.sort()).toEqual([...ids].sort());
  expect(html).not.toContain("<script>");
});

const attempt = (app: ReturnType<typeof createTestApp>, fields: Record<string, string>) =>
  app.browserPost("/web/try", { body: new URLSearchParams(fields) });

test("a member tries a request without typing the token, which no page shows", async () => {
  const app = createTestApp();
  const html = await (await attempt(app, { operation: "getStatus" })).text();
  expect(html).toContain("auth_configured");
  expect(html).toMatch(/<details id="getStatus" class="part" open/);
  expect(html).not.toContain(API_TOKEN);
  const text = await (await attempt(app, { operation: "getStatus", "query.format": "text" })).text();
  expect(text).toContain("AstrBot");
});

test.each([
  [{ operation: "getJob", "path.job_id": "../../web/status?x=1#y" }, "job_not_found"],
  [{ operation: "listJobs", "query.limit": "many" }, "invalid_request"],
  [{ operation: "submitJob", body: "{" }, "invalid_json"],
  [{ operation: "submitJob", body: '{"task":"x","permission_level":"L0"}' }, "permission_deny"],
  [{ operation: "submitJob", body: '{"task":"</pre><script>alert(1)</script>","cwd":"/nowhere"}' }, "invalid_cwd"],
  [{ operation: "readJobLog", "path.job_id": "x", "header.Range": "bytes=0-\r\nX: 1" }, "job_not_found"],
])("what the API refuses is shown as it answers: %p", async (fields, code) => {
  const html = await (await attempt(createTestApp(), fields as unknown as Record<string, string>)).text();
  expect(html).toContain(`&quot;error_code&quot;: &quot;${code}&quot;`);
  expect(html).not.toContain("<script>alert");
});

test.each(["followJob", "", "__proto__", "nonsense"])("there is no request %p to try", async (operation) => {
  expect((await attempt(createTestApp(), { operation })).status).toBe(404);
});

test("a guest is led to the login, and another site's form is refused", async () => {
  const app = createTestApp();
  const body = new URLSearchParams({ operation: "getStatus" });
  const guest = await app.request("/web/try", { method: "POST", headers: { origin: "http://127.0.0.1:18889" }, body });
  expect(guest.status).toBe(303);
  expect(guest.headers.get("location")).toStartWith("/web/login");
  const cookie = await app.logIn();
  const headers = { origin: "http://evil.example", cookie };
  expect((await app.request("/web/try", { method: "POST", headers, body })).status).toBe(403);
  expect(await page(app)).not.toContain('action="/web/try');
});
