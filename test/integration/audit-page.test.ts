import { expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { API_TOKEN, createTestApp } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const opened = async (options?: Parameters<typeof createTestApp>[0]) => {
  const app = createTestApp(options);
  const cookie = await app.logIn(API_TOKEN);
  const page = async (query = "") => {
    const response = await app.request(`/web/audit${query}`, { headers: { cookie, "accept-language": "en" } });
    expect(response.status).toBe(200);
    return response.text();
  };
  return { app, cookie, page };
};
const jobsIn = (html: string) => [...html.matchAll(/href="\/web\/jobs\/([0-9a-f]{16})"/g)].map(([, id]) => id);

test("shows what was done and refused, the newest first", async () => {
  const { app, page } = await opened();
  const first = await app.submit({ task: "a" });
  const second = await app.submit({ task: "b" });
  await app.api("/executor/jobs/none/cancel", {});
  const html = await page();
  expect(jobsIn(html)).toEqual([second, first]);
  expect(html).toContain("job_not_found");
  expect(html.indexOf("job_not_found")).toBeLessThan(html.indexOf(second));
});

test("filters by action and outcome, and passes over what makes no sense", async () => {
  const { app, page } = await opened();
  const jobId = await app.submit({ task: "a" });
  await app.api("/models/pull-astr", {});
  expect(jobsIn(await page("?action=backend_exec_job"))).toEqual([jobId]);
  const pulls = await page("?action=pull_astr_models&outcome=denied");
  expect(pulls).toContain("pull_all_sources_failed");
  expect(jobsIn(pulls)).toEqual([]);
  expect(pulls).toContain('<option value="pull_astr_models" selected="">');
  expect(await page("?action=pull_astr_models&outcome=done")).toContain("No matching records in this part of the log");
  expect(jobsIn(await page("?outcome=odd&before=x"))).toEqual([jobId]);
  expect(await page("?action=%3Cscript%3E")).toContain('<option value="&lt;script&gt;" selected="">&lt;script&gt;');
});

test("is in the reader's language, and shows a failure as one", async () => {
  const { app, cookie, page } = await opened();
  const jobId = await app.submit({ task: "a" });
  await app.api(`/executor/jobs/${jobId}/cancel`, {});
  await app.api("/models/pull-astr", {});
  const turn = {
    ...app.auditRecords().at(-1),
    action_type: "relay",
    status: "failed",
    error_code: "refused",
    error: "",
  };
  appendFileSync(app.config.auditPath, `${JSON.stringify(turn)}\n`);
  const english = await page();
  const mainOf = (html: string) => /<main.*<\/main>/s.exec(html)?.[0].replace(/<[^>]*>/g, " ") ?? "";
  expect(mainOf(english)).toContain("Canceled by the user");
  expect(mainOf(english)).toMatch(/ AstrBot configuration file not found: .*; Plugin export file not found: /);
  expect(mainOf(english)).not.toMatch(/\p{Script=Han}/u);
  expect(english).toMatch(/class="pill fault">(?:(?!<li).)*?Failed/s);
  const chinese = await app.request("/web/audit", { headers: { cookie, "accept-language": "zh-CN" } });
  expect(await chinese.text()).toContain("<strong><bdi>登录</bdi></strong>");
});

test("a log full of hostile lines is shown as text", async () => {
  const { app, page } = await opened();
  await app.submit({ task: "a" });
  const markup = "<img src=x onerror=alert(1)>\u202e";
  const record = (await app.auditRecords()).at(-1) ?? {};
  const hostile = Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, typeof value === "string" ? markup : value]),
  );
  appendFileSync(
    app.config.auditPath,
    [JSON.stringify({ ...hostile, params_summary: { [markup]: markup } }), markup, "\u0000", '{"half'].join("\n"),
  );
  const html = await page();
  expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
  expect(html).not.toContain("<img src=x");
  expect(html.match(/Unreadable line/g)).toHaveLength(3);
});

const REFRESH = "event: refresh\ndata:\n\n";

test("pages through a long log", async () => {
  const { app, page } = await opened({ env: { EXECUTOR_MAX_QUEUED: "200" } });
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) ids.push(await app.submit({ task: "a" }));
  const newest = await page("?action=backend_exec_job");
  const older = /href="(\/web\/audit\?[^"]*before=[^"]*)"/.exec(newest)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const rest = await page(older.slice("/web/audit".length));
  expect([...jobsIn(newest), ...jobsIn(rest)]).toEqual(ids.reverse());
  expect(newest).toContain('data-address="/web/audit/live"');
  expect(rest).not.toContain("data-address");
});

test("refreshes the page of a member when something is recorded", async () => {
  const clock = createTestClock();
  const { app, cookie } = await opened({ clock });
  const accept = "text/event-stream";
  expect((await app.request("/web/audit/live", { headers: { accept } })).status).toBe(401);
  const stream = await app.request("/web/audit/live", { headers: { accept, cookie } });
  const reader = stream.body?.getReader();
  const next = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await next()).toBe(REFRESH);
  await clock.advance(1000);
  await app.submit({ task: "a" });
  await clock.advance(0);
  expect(await next()).toBe(REFRESH);
  await reader?.cancel();
  expect(app.container.live.size()).toBe(0);
});
