import { expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock, type TestClock, whileAdvancing } from "@test/support/test-clock.ts";
import { loginFileOf } from "@/executor/environment.ts";
import { createMemoryGate } from "@/gates/memory.ts";

const MINUTE_MS = 60_000;
const RETRY_AT = "2026-03-01T14:50:00Z";

/** Codex as far as a check of it goes; a job is answered with the recorded stream that its task names. */
const codexIn = (root: string) => {
  const path = join(root, "codex");
  const lines = [
    "#!/bin/sh",
    'case "$1" in',
    "  --version) echo codex-cli 0.171.0 ;;",
    "  login | sandbox) ;;",
    `  *) exec ${fixture("bin/codex-stream")} ;;`,
    "esac",
  ];
  writeFileSync(path, lines.join("\n"), { mode: 0o755 });
  return path;
};

/** "model-usage-limit" says "try again at 2:50 PM". */
const start = async (root = newRoot(), clock: TestClock = createTestClock("2026-03-01T14:00:00Z")) => {
  const memory = { availableMib: 4096 };
  const memoryGate = createMemoryGate(() => memory.availableMib * 1024);
  const env = { EXECUTOR_CODEX_BIN: codexIn(root) };
  const app = createTestApp({ root, clock, memoryGate, env });
  await app.container.start();
  const page = async (path: string) => (await app.request(path, { headers: { cookie: await app.logIn() } })).text();
  const codex = async () => (await readJson(await app.api("/executors"))).executors.codex;
  const chat = async (lang: string) => (await app.api(`/status?format=text&lang=${lang}`)).text();
  const audited = (type: string) => app.auditRecords().filter((record) => record.action_type === type);
  return { ...app, clock, memory, page, codex, chat, audited };
};

const submitAll = async ({ submit }: Pick<Awaited<ReturnType<typeof start>>, "submit">, ...tasks: string[]) => {
  const ids: string[] = [];
  for (const task of tasks) ids.push(await submit({ task }));
  return ids as [string, ...string[]];
};

test("a quota error at the head of ten jobs spends one, and the others run in order when the time has come", async () => {
  const before = await start();
  const ids = await submitAll(before, "model-usage-limit 1", ...Array<string>(9).fill("codex-0.169.0-simple"));
  const [spent, next = "", ...rest] = ids;

  expect(await before.untilEnded(spent)).toMatchObject({
    state: "failed",
    error_code: "model_quota_exhausted",
    error: expect.stringContaining("try again at 2:50 PM."),
    retry_at: RETRY_AT,
  });
  for (const id of [next, ...rest]) {
    expect(await before.job(id)).toMatchObject({ state: "queued", waiting_reason: "quota", retry_at: RETRY_AT });
  }
  expect(await before.codex()).toMatchObject({ retry_at: RETRY_AT, last_failure: { kind: "quota" } });
  expect(await before.page(`/web/jobs/${rest.at(-1)}`)).toContain(
    `额度已用完，自动继续的时间： <time datetime="${RETRY_AT}"`,
  );
  expect(await before.page("/web/status?lang=en")).toContain(
    `Codex quota exhausted: jobs wait until <time datetime="${RETRY_AT}">2026-03-01 14:50:00 UTC</time>`,
  );
  expect(await before.chat("en")).toContain("Codex quota exhausted: jobs wait until 2026-03-01 14:50:00 UTC");
  expect(await before.chat("zh-CN")).toContain("排队任务等待 Codex 恢复，50 分 0 秒后再试");
  const headers = { authorization: `Bearer ${before.config.apiToken}` };
  const metrics = await whileAdvancing(before.clock, before.request("/metrics", { headers }));
  expect(await metrics.text()).toContain("openclaw_backend_executor_retry_timestamp_seconds 1772376600");

  await before.clock.advance(30 * MINUTE_MS);
  await before.stop();
  const after = await start(before.root, before.clock);
  await after.clock.advance(19 * MINUTE_MS);
  expect(await after.job(next)).toMatchObject({ state: "queued", waiting_reason: "quota", retry_at: RETRY_AT });
  expect(await after.codex()).toMatchObject({ last_failure: { message: expect.stringContaining("2:50 PM") } });

  await after.clock.advance(MINUTE_MS);
  for (const id of [next, ...rest])
    expect(await after.untilEnded(id)).toMatchObject({ state: "succeeded", retry_at: null });
  const ended = after.audited("backend_exec_job").filter(({ status }) => status === "succeeded");
  expect(ended.map(({ job_id }) => job_id)).toEqual([next, ...rest]);
  expect(await after.codex()).toMatchObject({ retry_at: null, last_failure: null, reason: "" });
  expect(await after.page("/web/status")).not.toContain("额度已用完");
});

test("a check of Codex does not resume jobs that wait for quota", async () => {
  const app = await start();
  const [first, second = ""] = await submitAll(app, "model-usage-limit 1", "codex-0.169.0-simple");
  await app.untilEnded(first);
  await whileAdvancing(app.clock, app.browserPost("/web/codex/check"));
  expect(await app.codex()).toMatchObject({ logged_in: true, retry_at: RETRY_AT });
  expect(await app.job(second)).toMatchObject({ state: "queued", waiting_reason: "quota" });
});

test("open pages of waiting jobs are refreshed when the wait begins and when it ends", async () => {
  const app = await start();
  const limit = "model-usage-limit 1";
  const [first, second = "", third = ""] = await submitAll(app, limit, limit, "codex-0.169.0-simple");
  await app.untilEnded(first);
  const seen: string[] = [];
  app.container.jobs.subscribe(() => {
    const { state, waiting_reason } = app.container.jobs.view(app.container.jobs.get(third));
    seen.push(`${state} ${waiting_reason}`);
  }, third);
  await app.api("/executor/resume", "");
  await app.untilEnded(second);
  expect(seen).toEqual(["queued null", "queued quota"]);
});

test("a person resumes by API or button: one is tried, and its failure holds the others again", async () => {
  const app = await start();
  const limit = "model-usage-limit 1";
  const [first, second = "", third = "", fourth = ""] = await submitAll(
    app,
    limit,
    limit,
    limit,
    "codex-0.169.0-simple",
  );
  await app.untilEnded(first);
  expect(await readJson(await app.api("/executor/resume", ""))).toMatchObject({ resumed: true });
  expect(await app.untilEnded(second)).toMatchObject({ error_code: "model_quota_exhausted", retry_at: RETRY_AT });
  expect(await app.job(first)).toMatchObject({ retry_at: null });
  expect(await app.job(third)).toMatchObject({ state: "queued", waiting_reason: "quota" });

  const answer = await app.browserPost("/web/codex/resume");
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/web/status"]);
  await app.untilEnded(third);
  expect(await app.page(`/web/jobs/${fourth}?lang=en`)).toContain('action="/web/codex/resume"');
  await app.api("/executor/resume", "");
  expect(await app.untilEnded(fourth)).toMatchObject({ state: "succeeded" });
  expect(await readJson(await app.api("/executor/resume", ""))).toMatchObject({ resumed: false });
  expect(app.audited("resume_backend_exec_jobs")).toEqual(
    Array(3).fill(
      expect.objectContaining({
        decision_reason: "executor_jobs_resumed",
        params_summary: { waiting_reason: "quota", retry_at: RETRY_AT },
      }),
    ),
  );
});

test("resuming is a write: not from another site, without a login or while memory is critical", async () => {
  const app = await start();
  const [first, second = ""] = await submitAll(app, "model-usage-limit 1", "codex-0.169.0-simple");
  await app.untilEnded(first);
  expect((await app.request("/web/codex/resume", { method: "POST" })).status).toBe(403);
  expect((await app.request("/api/v1/executor/resume", { method: "POST" })).status).toBe(401);
  app.memory.availableMib = 300;
  expect(await readJson(await app.api("/executor/resume", ""))).toMatchObject({ error_code: "mem_force_read_only" });
  expect((await app.browserPost("/web/codex/check")).status).toBe(303);
  app.memory.availableMib = 4096;
  expect(await app.job(second)).toMatchObject({ state: "queued", waiting_reason: "quota" });
});

test("a job submitted while quota is waited for is accepted, waits with the others and can be canceled", async () => {
  const app = await start();
  await app.untilEnded(await app.submit({ task: "model-usage-limit 1" }));
  const id = await app.submit({ task: "codex-0.169.0-simple" });
  expect(await app.job(id)).toMatchObject({ state: "queued", waiting_reason: "quota", retry_at: RETRY_AT });
  await app.api(`/executor/jobs/${id}/cancel`, "");
  expect(await app.job(id)).toMatchObject({ state: "canceled", waiting_reason: null, retry_at: null });
  expect(await app.codex()).toMatchObject({ retry_at: RETRY_AT });
});

test("an expired login holds the jobs until one is tried, a login is written or a check finds one", async () => {
  const app = await start();
  const expired = "refresh-token-reused 1";
  const ids = await submitAll(app, expired, expired, "codex-0.169.0-simple", expired, "codex-0.169.0-simple");
  const [first, second = "", third = "", fourth = "", fifth = ""] = ids;
  expect(await app.untilEnded(first)).toMatchObject({
    error_code: "model_auth_failed",
    error: expect.stringContaining("your refresh token was already used"),
    retry_at: "2026-03-01T14:01:00Z",
  });
  expect(await app.job(second)).toMatchObject({ state: "queued", waiting_reason: "login" });
  expect(await app.page(`/web/jobs/${second}?lang=en`)).toContain("goes on after codex login");
  expect(await app.codex()).toMatchObject({ last_failure: { kind: "auth" }, retry_at: "2026-03-01T14:01:00Z" });

  await app.clock.advance(MINUTE_MS);
  expect(await app.untilEnded(second)).toMatchObject({ retry_at: "2026-03-01T14:03:00Z" });
  const loginFile = loginFileOf(app.config.environment);
  mkdirSync(dirname(loginFile), { recursive: true });
  writeFileSync(loginFile, "{}");
  await app.clock.advance(5000);
  expect(await app.job(third)).toMatchObject({ state: "queued", waiting_reason: "login" });
  utimesSync(loginFile, app.clock.now(), app.clock.now());
  await app.clock.advance(5000);
  expect(await app.untilEnded(third)).toMatchObject({ state: "succeeded" });
  expect(await app.untilEnded(fourth)).toMatchObject({ error_code: "model_auth_failed" });

  expect(await app.job(fifth)).toMatchObject({ state: "queued", waiting_reason: "login" });
  await whileAdvancing(app.clock, app.browserPost("/web/codex/check"));
  expect(await app.untilEnded(fifth)).toMatchObject({ state: "succeeded" });
  expect(app.audited("resume_backend_exec_jobs")).toHaveLength(1);
});
