import { describe, expect, test } from "bun:test";
import { createTestApp } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";

const streamed = { env: { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream") } };
const asPage = { accept: "text/html" };

const createPages = async (overrides: Parameters<typeof createTestApp>[0] = {}) => {
  const app = createTestApp(overrides);
  await app.container.start();
  const cookie = app.logIn();
  const get = async (path: string, headers: Record<string, string> = asPage) =>
    app.request(path, { headers: { cookie: await cookie, ...headers } });
  const text = async (path: string) => (await get(path)).text();
  const send = async (path: string, fields: Record<string, string> = {}) =>
    app.browserPost(path, { body: new URLSearchParams(fields), headers: { cookie: await cookie, ...asPage } });
  return { app, get, text, send };
};

const form = { task: "codex-0.169.0-simple", cwd: "/tmp", level: "L3", key: "one" };
const idIn = (response: Response) =>
  /^\/web\/jobs\/([0-9a-f]{16})$/.exec(response.headers.get("location") ?? "")?.[1] ?? "";

describe("the form for a new job", () => {
  test("submits a job once, however often it is sent", async () => {
    const { app, send } = await createPages();
    const id = idIn(await send("/web/jobs", form));
    expect(idIn(await send("/web/jobs", form))).toBe(id);
    expect(await app.job(id)).toMatchObject({ task: form.task, permission_level: "L3", allow_danger: false });
  });

  test("takes L4 for what it says: no sandbox", async () => {
    const { app, send } = await createPages();
    const id = idIn(await send("/web/jobs", { ...form, level: "L4" }));
    expect(await app.job(id)).toMatchObject({ permission_level: "L4", allow_danger: true });
  });

  test("does not offer L4 where the operator has switched it off", async () => {
    const { text } = await createPages({ env: { EXECUTOR_ALLOW_DANGER: "false" } });
    expect(await text("/web/new-job")).not.toContain('value="L4"');
  });

  test("comes back with what was typed when it is refused, and says why", async () => {
    const { app, send } = await createPages();
    const answer = await send("/web/jobs", { ...form, task: "</textarea><b>x", cwd: "/not/here" });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain("&lt;/textarea&gt;&lt;b&gt;x");
    expect(page).toContain("cwd 不存在或不是目录: /not/here");
    expect(app.auditRecords().at(-1)).toMatchObject({ status: "refused", error_code: "invalid_cwd" });
  });

  test("continues a job's thread", async () => {
    const { app, text, send } = await createPages(streamed);
    const first = await app.submit({ task: "codex-0.169.0-simple" });
    await app.untilEnded(first);
    expect(await text(`/web/new-job?resume=${first}`)).toContain(`name="resume_job_id" value="${first}"`);
    const id = idIn(await send("/web/jobs", { ...form, resume_job_id: first }));
    expect(await app.job(id)).toMatchObject({ resume_job_id: first });
  });
});

describe("the list", () => {
  test("filters by state, finds by id or task whatever the case of the letters, and pages", async () => {
    const { app, text } = await createPages();
    const { job_id: id } = await app.untilEnded(await app.submit({ task: "The École" }));
    for (let count = 0; count < 52; count++) await app.untilEnded(await app.submit({ task: `task number ${count}.` }));
    for (const query of ["?", "?q=NUMBER&amp;"]) {
      const olderIn = (page: string) => page.split(`href="/web/jobs${query}before=`)[1]?.match(/^(\d+)"/)?.[1];
      const address = `/web/jobs${query.replace("amp;", "")}`;
      const first = await text(address);
      expect(first).toContain("task number 51.");
      expect(first).not.toContain("task number 1.");
      const last = await text(`${address}before=${olderIn(first)}`);
      expect(last).toContain("task number 1.");
      expect(last.includes("The École")).toBe(query === "?");
      expect(olderIn(last)).toBeUndefined();
    }
    for (const query of ["q=%C3%A9COLE", `q=${id.toUpperCase()}`]) {
      const found = await text(`/web/jobs?${query}`);
      expect(found).toContain("The École");
      expect(found).not.toContain("task number");
    }
    expect(await text("/web/jobs?state=succeeded")).toContain("task number 51.");
    expect(await text("/web/jobs?state=failed")).toContain("没有处于此状态的任务");
    expect(await text("/web/jobs?state=nonsense&before=x")).toContain("task number 51.");
  });

  test("is refreshed by a new job", async () => {
    const { app, get } = await createPages();
    const stream = await get("/web/jobs-live?lang=en", { accept: "text/event-stream" });
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("event: refresh\ndata:\n\n");
    await app.submit({ task: "the news" });
    expect((await reader?.read())?.value).toBe("event: refresh\ndata:\n\n");
    expect(await (await get("/web/jobs?lang=en")).text()).toContain("the news");
    await reader?.cancel();
    expect(app.container.live.size()).toBe(0);
    expect(app.container.listeners()).toBe(0);
  });
});

describe("a job's page", () => {
  test("tells what happened, what it cost, and offers to run it again", async () => {
    const { app, text, send } = await createPages(streamed);
    const id = await app.submit({ task: "codex-0.169.0-shell" });
    await app.untilEnded(id);
    const page = await text(`/web/jobs/${id}?lang=en`);
    expect(page).toContain("exit 3");
    expect(page).toContain("DONE after 1 tool call(s)");
    expect(page).toContain("output 166");
    expect(page).not.toContain("data-address");

    const again = idIn(await send(`/web/jobs/${id}/again`));
    expect(again).not.toBe(id);
    expect((await app.untilEnded(again)).task).toBe("codex-0.169.0-shell");
  });

  test("follows a running job to its end, and then ends", async () => {
    const { app, get, text, send } = await createPages({
      env: { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" },
    });
    const id = await app.submit({ task: "sleep" });
    await app.untilJob(id, "running");
    expect(await text(`/web/jobs/${id}`)).toContain(`data-address="/web/jobs/${id}/live"`);
    const stream = await get(`/web/jobs/${id}/live`, { accept: "text/event-stream" });
    expect((await send(`/web/jobs/${id}/cancel`)).headers.get("location")).toBe(`/web/jobs/${id}`);
    expect(await stream.text()).toEndWith("event: end\ndata:\n\n");
    expect(await text(`/web/jobs/${id}`)).toContain("已取消");
    expect(app.container.live.size()).toBe(0);
  });

  test("gives the log as a file", async () => {
    const { app, get } = await createPages(streamed);
    const id = await app.submit({ task: "codex-0.169.0-simple" });
    await app.untilEnded(id);
    const log = await get(`/web/jobs/${id}/log`);
    expect(log.headers.get("content-disposition")).toBe(`attachment; filename="${id}.log"`);
    expect(await log.text()).toContain("== succeeded");
  });

  test("of an unknown job is a page that says so, and an envelope for programs", async () => {
    const { get, send } = await createPages();
    for (const path of ["/web/jobs/nope", "/web/jobs/%3Cb%3E", "/web/jobs/nope/log"]) {
      const answer = await get(path);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain("job_id 不存在。");
    }
    expect(await (await get("/web/jobs/nope/live", { accept: "text/event-stream" })).json()).toMatchObject({
      error_code: "job_not_found",
    });
    expect((await send("/web/jobs/nope/cancel")).status).toBe(404);
    expect((await send("/web/jobs/nope/again")).status).toBe(404);
  });
});

test("a page that refreshes by itself does not keep its session alive", async () => {
  const clock = createTestClock();
  const { get } = await createPages({ clock });
  const HALF_IDLE_MS = 7 * 60 * 60_000;
  await clock.advance(HALF_IDLE_MS);
  expect((await get("/web/jobs", { "x-refresh": "1" })).status).toBe(200);
  await clock.advance(HALF_IDLE_MS);
  expect((await get("/web/jobs", { "x-refresh": "1" })).status).toBe(303);
});

test("a logout ends the session's live pages at once", async () => {
  const { get, send } = await createPages();
  const stream = await get("/web/jobs-live", { accept: "text/event-stream" });
  await send("/web/logout");
  expect(await stream.text()).toEndWith("event: gone\ndata:\n\n");
  expect((await get("/web/jobs-live", { accept: "text/event-stream" })).status).toBe(401);
});
