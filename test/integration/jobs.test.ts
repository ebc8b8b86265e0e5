import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { parseResponse } from "hono/client";
import { createMemoryGate } from "@/gates/memory.ts";

const zoo = { EXECUTOR_CODEX_BIN: fixture("bin/zoo") };
const task = { task: "hello", cwd: "/tmp" };

const started = async (options?: Parameters<typeof createTestApp>[0]) => {
  const app = createTestApp(options);
  await app.container.worker.start();
  return app;
};

describe("a job", () => {
  test("is queued, run, and read back as the contract says", async () => {
    const { api, untilEnded } = await started();
    const response = await api("/executor/jobs", {
      ...task,
      task: "  hello \u3000",
      permission_level: " l4 ",
      cwd: "/tmp//./",
    });
    const created = await readJson(response);
    expect(response.status).toBe(200);
    expect(created).toEqual({
      ok: true,
      trace_id: expect.any(String),
      job_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      state: "queued",
    });

    expect(await untilEnded(created.job_id)).toEqual({
      job_id: created.job_id,
      state: "succeeded",
      executor: "codex",
      task: "hello",
      cwd: "/tmp",
      permission_level: "L4",
      allow_danger: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      started_at: expect.any(String),
      finished_at: expect.any(String),
      result_text: "task: hello",
      error_code: "",
      error: "",
      trace_id: created.trace_id,
      thread_id: null,
      usage: null,
      resume_job_id: null,
      waiting_reason: null,
      waiting_available_mib: null,
      retry_at: null,
      exit_code: 0,
      signal: null,
      duration_ms: expect.any(Number),
      peak_memory_mib: expect.any(Number),
      cpu_ms: expect.any(Number),
      notify: null,
    });
  });

  test("of a real event stream keeps the answer, the thread and the token counts", async () => {
    const app = await started({ env: { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream") } });
    const job = await app.untilEnded(await app.submit({ task: "codex-0.169.0-simple" }));
    expect(job).toMatchObject({
      result_text: "PONG from fake model",
      thread_id: "01a204a9-1e0f-78a2-8ff0-b502c19d8e43",
      usage: { input_tokens: 5, output_tokens: 41 },
    });
  });

  test("leaves the predecessor's trail on the audit log", async () => {
    const app = await started();
    const jobId = await app.submit({ task: "hello" });
    await app.untilEnded(jobId);
    const [submitted, ended] = app.auditRecords();
    expect(Object.keys(submitted ?? {})).toEqual([
      "time",
      "trace_id",
      "action_category",
      "action_type",
      "job_id",
      "status",
      "error_code",
      "error",
      "denied",
      "decision_reason",
      "params_summary",
    ]);
    expect(submitted).toMatchObject({
      job_id: jobId,
      status: "queued",
      decision_reason: "executor_job_submitted",
      params_summary: { executor: "codex", cwd: "/tmp", permission_level: "L3", allow_danger: false },
    });
    expect(ended).toMatchObject({ status: "succeeded", denied: false, decision_reason: "executor_worker" });
  });
});

describe("outcomes", () => {
  const failures: [task: string, expected: object][] = [
    [
      "fail-3",
      {
        state: "failed",
        error_code: "executor_nonzero_exit",
        error: "codex exit code=3：err",
        result_text: "out\n\nerr",
      },
    ],
    ["kill-9", { state: "failed", error_code: "executor_nonzero_exit", error: "codex exit code=-9", result_text: "" }],
    ["kill-9", { exit_code: null, signal: "SIGKILL" }],
    ["fail-3", { exit_code: 3, signal: null }],
    ["empty", { state: "succeeded", error_code: "", result_text: "(empty)" }],
    [
      "nul\0here",
      { state: "failed", error_code: "executor_start_failed", result_text: "", started_at: expect.any(String) },
    ],
  ];
  test.each(failures)("of %j", async (text, expected) => {
    const app = await started({ env: zoo });
    expect(await app.untilEnded(await app.submit({ task: text }))).toMatchObject(expected);
  });

  test("of a program that went away while the job waited", async () => {
    const root = newRoot();
    const bin = join(root, "codex");
    symlinkSync(fixture("bin/plain-echo"), bin);
    const app = createTestApp({ root, env: { EXECUTOR_CODEX_BIN: bin } });
    const jobId = await app.submit(task);
    rmSync(bin);
    await app.container.worker.start();
    expect(await app.untilEnded(jobId)).toMatchObject({ state: "failed", error_code: "executor_not_available" });
  });

  test("of a directory that became a link to the outside while the job waited", async () => {
    const root = newRoot();
    const cwd = join(root, "allowed/project");
    mkdirSync(cwd, { recursive: true });
    const app = createTestApp({
      root,
      env: { EXECUTOR_ALLOW_GLOBAL_WORKDIR: "false", EXECUTOR_ALLOWED_WORKDIRS: join(root, "allowed") },
    });
    const jobId = await app.submit({ task: "x", cwd });
    rmSync(cwd, { recursive: true });
    symlinkSync("/tmp", cwd);
    await app.container.worker.start();
    expect(await app.untilEnded(jobId)).toMatchObject({ state: "failed", error_code: "workdir_not_allowed" });
  });
});

describe("cancelling", () => {
  test("a waiting job ends it at once", async () => {
    const app = createTestApp();
    const jobId = await app.submit(task);
    const response = await app.api(`/executor/jobs/${jobId}/cancel`, "not even JSON");
    expect(await readJson(response)).toMatchObject({
      ok: true,
      job: { state: "canceled", error_code: "canceled_by_user", started_at: null, result_text: "" },
    });
    expect(app.auditRecords().at(-1)).toMatchObject({
      action_type: "cancel_backend_exec_job",
      status: "canceled",
      decision_reason: "executor_job_cancel",
    });
  });

  test("a running job ends it even when it ignores SIGTERM", async () => {
    const app = await started({ env: { ...zoo, EXECUTOR_KILL_GRACE_SECONDS: "0" } });
    const jobId = await app.submit({ task: "ignore-term" });
    await app.untilJob(jobId, "running");
    const response = await app.api(`/executor/jobs/${jobId}/cancel`, "");
    expect(await readJson(response)).toMatchObject({ job: { state: "running" } });
    expect(await app.untilEnded(jobId)).toMatchObject({ state: "canceled", error_code: "canceled_by_user" });
  });

  test("a job that has just been taken up is not lost", async () => {
    const app = await started({ env: { ...zoo, EXECUTOR_KILL_GRACE_SECONDS: "0" } });
    const body = { task: "sleep", executor: "codex", cwd: "/tmp", permission_level: "L3", allow_danger: false };
    // Each turn of the event loop is a moment between the queue and the process.
    for (let turns = 0; turns < 6; turns++) {
      const submitted = app.container.jobs.submit(
        { ...body, notify: undefined, resume_job_id: undefined },
        { traceId: "t" },
      );
      const jobId = app.container.jobs.changedSince(0, 100).jobs.at(-1)?.jobId ?? "";
      for (let n = 0; n < turns; n++) await Promise.resolve();
      await Promise.all([submitted, app.container.jobs.cancel(jobId, "t")]);
      expect(await app.untilEnded(jobId)).toMatchObject({ state: "canceled" });
    }
  });

  test("a finished job changes nothing and is not recorded", async () => {
    const app = await started();
    const jobId = await app.submit(task);
    const finished = await app.untilEnded(jobId);
    const records = app.auditRecords().length;
    const response = await app.api(`/executor/jobs/${jobId}/cancel`, "");
    expect((await readJson(response)).job).toEqual(finished);
    expect(app.auditRecords()).toHaveLength(records);
  });

  test("an unknown job is 404", async () => {
    const { api } = createTestApp();
    const response = await api("/executor/jobs/nope/cancel", "");
    expect(response.status).toBe(404);
    expect(await readJson(response)).toMatchObject({ error_code: "job_not_found", error: "job_id 不存在。" });
  });
});

describe("a request that cannot be a job", () => {
  const refusals: [name: string, body: object, status: number, code: string][] = [
    ["a low level", { permission_level: "L2" }, 403, "permission_deny"],
    ["an unknown level", { permission_level: "root" }, 403, "permission_deny"],
    ["danger without L4", { allow_danger: "yes" }, 403, "permission_deny"],
    ["another executor", { executor: "Gemini " }, 400, "executor_not_available"],
    ["an empty task", { task: " \u00a0\u3000\n" }, 400, "missing_task"],
    ["a long task", { task: "😀".repeat(8001) }, 400, "task_too_large"],
    ["a missing directory", { cwd: "/no/such" }, 400, "invalid_cwd"],
    ["a file for a directory", { cwd: "/etc/passwd" }, 400, "invalid_cwd"],
    ["an unknown user's home", { cwd: "~nosuchuser" }, 400, "invalid_cwd"],
    ["an overlong path", { cwd: `/${"b".repeat(300)}` }, 400, "invalid_cwd"],
    ["a NUL in the path", { cwd: "/tmp\0" }, 400, "invalid_cwd"],
  ];
  test.each(refusals)("%s", async (_name, body, status, code) => {
    const { api } = createTestApp();
    const response = await api("/executor/jobs", { ...task, ...body });
    expect([response.status, (await readJson(response)).error_code]).toEqual([status, code]);
  });

  test("the longest task passes, counted in characters", async () => {
    const { api } = createTestApp();
    expect((await api("/executor/jobs", { ...task, task: "😀".repeat(8000) })).status).toBe(200);
  });

  test("danger is refused with L4 too where the operator has switched it off", async () => {
    const { api } = createTestApp({ env: { EXECUTOR_ALLOW_DANGER: "off" } });
    const response = await api("/executor/jobs", { ...task, permission_level: "L4", allow_danger: true });
    expect(response.status).toBe(403);
    expect(await readJson(response)).toMatchObject({ error_code: "permission_deny", error: "本服务已关闭危险模式。" });
    expect((await api("/executor/jobs", { ...task, permission_level: "L4" })).status).toBe(200);
  });

  test("a danger that waited while it was switched off is not run, with or without a sandbox", async () => {
    const first = createTestApp();
    const jobId = await first.submit({ task: "args", permission_level: "L4", allow_danger: true });
    await first.stop();
    const env = { EXECUTOR_ALLOW_DANGER: "false", EXECUTOR_CODEX_BIN: fixture("bin/zoo") };
    const app = createTestApp({ root: first.root, env });
    await app.container.start();
    expect(await app.untilEnded(jobId)).toMatchObject({
      state: "failed",
      error_code: "permission_deny",
      result_text: "",
    });
  });

  test("no Codex is 503 and names what was looked for", async () => {
    const { api } = createTestApp({ env: { EXECUTOR_CODEX_BIN: "/nonexistent/codex" } });
    const response = await api("/executor/jobs", task);
    expect(response.status).toBe(503);
    expect(await readJson(response)).toMatchObject({
      error_code: "executor_not_available",
      error: "未检测到 /nonexistent/codex。",
    });
  });

  test("the checks come in the predecessor's order", async () => {
    const { api } = createTestApp({ env: { EXECUTOR_CODEX_BIN: "/nonexistent/codex" } });
    const everythingWrong = { task: "", cwd: "/no/such", executor: "x", allow_danger: true, permission_level: "L0" };
    const code = async (mended: object) =>
      (await readJson(await api("/executor/jobs", { ...everythingWrong, ...mended }))).error;
    expect(await code({})).toBe("提交执行器任务至少需要 L3。");
    expect(await code({ permission_level: "L3" })).toBe("危险模式需要 L4。");
    expect(await code({ permission_level: "L4" })).toBe("不支持的执行器: x");
    expect(await code({ permission_level: "L4", executor: "" })).toBe("未检测到 /nonexistent/codex。");
  });
});

describe("with restricted directories", () => {
  test("only real paths inside them are taken", async () => {
    const root = newRoot();
    const allowed = join(root, "allowed");
    const outside = join(root, "allowed_sibling");
    for (const folder of [join(allowed, "in"), outside]) mkdirSync(folder, { recursive: true });
    symlinkSync(outside, join(allowed, "leak"));
    symlinkSync(allowed, join(root, "way-in"));
    const { api } = createTestApp({
      root,
      env: { EXECUTOR_ALLOW_GLOBAL_WORKDIR: "false", EXECUTOR_ALLOWED_WORKDIRS: allowed },
    });
    const status = async (cwd: string) => (await api("/executor/jobs", { task: "x", cwd })).status;
    expect(await status(allowed)).toBe(200);
    expect(await status(join(allowed, "in/"))).toBe(200);
    expect(await status(join(root, "way-in/in"))).toBe(200);
    expect(await status(outside)).toBe(403);
    expect(await status(`${allowed}/../allowed_sibling`)).toBe(403);
    expect(await status(join(allowed, "leak"))).toBe(403);
    expect(await status(join(allowed, "none"))).toBe(400);
    const everywhere = createTestApp({
      env: { EXECUTOR_ALLOW_GLOBAL_WORKDIR: "false", EXECUTOR_ALLOWED_WORKDIRS: "/" },
    });
    expect((await everywhere.api("/executor/jobs", { task: "x", cwd: "/tmp" })).status).toBe(200);
  });
});

describe("memory", () => {
  const limits: [availableKiB: number | undefined, submit: number, pull: number, cancel: number][] = [
    [512 * 1024, 200, 400, 200],
    [512 * 1024 - 1, 503, 503, 200],
    [350 * 1024, 503, 503, 200],
    [350 * 1024 - 1, 503, 503, 200],
    [undefined, 200, 400, 200],
  ];
  test.each(limits)("of %p KiB available", async (availableKiB, submit, pull, cancel) => {
    let available: number | undefined;
    const { api, submit: enqueue } = createTestApp({ memoryGate: createMemoryGate(() => available) });
    const jobId = await enqueue(task);
    available = availableKiB;
    const submitted = await api("/executor/jobs", task);
    expect(submitted.status).toBe(submit);
    expect((await api("/models/pull-astr", {})).status).toBe(pull);
    expect((await api(`/executor/jobs/${jobId}/cancel`, "")).status).toBe(cancel);
    if (submit === 503) {
      const code = (availableKiB ?? 0) < 350 * 1024 ? "mem_force_read_only" : "mem_heavy_reject";
      expect(submitted.headers.get("retry-after")).toBe("30");
      expect(await readJson(submitted)).toMatchObject({ error_code: code });
    }
    const imported = await api("/models/import-astr", { providers: [{ id: "a", model: "m" }] });
    expect(imported.status).toBe(availableKiB !== undefined && availableKiB < 350 * 1024 ? 503 : 200);
  });
});

describe("a restart", () => {
  test("runs what was still waiting, in order, and nothing twice", async () => {
    const root = newRoot();
    const before = createTestApp({ root });
    const ids = [await before.submit({ task: "1" }), await before.submit({ task: "2" })];
    await before.stop();

    const after = await started({ root });
    const jobs = await Promise.all(ids.map(after.untilEnded));
    expect(jobs.map((job) => job.result_text)).toEqual(["task: 1", "task: 2"]);
    expect(
      after
        .auditRecords()
        .filter((record) => record.status === "succeeded")
        .map((record) => record.job_id),
    ).toEqual(ids);
  });

  test("serves a predecessor's jobs unchanged, ends its running ones and leaves its waiting ones alone", async () => {
    const root = newRoot();
    mkdirSync(join(root, "data"));
    createPredecessorDatabase(join(root, "data/backend_state.db"));
    const app = createTestApp({ root });
    const id = (n: number) => n.toString(16).padStart(16, "0");
    expect(await app.job(id(2))).toMatchObject({
      state: "succeeded",
      task: "任务 2 😀",
      result_text: "result 2",
      created_at: "2026-02-13T00:00:02Z",
      started_at: "2026-02-13T00:00:03Z",
      finished_at: "2026-02-13T00:00:04Z",
      trace_id: "trace-2",
    });
    expect(await app.job(id(1))).toMatchObject({ state: "running" });
    await app.container.worker.start();
    expect(await app.job(id(1))).toMatchObject({ state: "failed", error_code: "interrupted" });
    // Its waiting jobs never ran there, and may be months old.
    expect(await app.job(id(0))).toMatchObject({ state: "queued", waiting_reason: "predecessor" });
    await app.untilEnded(await app.submit(task));
    expect(await app.job(id(0))).toMatchObject({ state: "queued" });
    expect((await parseResponse(app.client.status.$get())).state.worker.queue_size).toBe(0);
    await app.api(`/executor/jobs/${id(0)}/cancel`, "");
    expect(await app.job(id(0))).toMatchObject({ state: "canceled" });
    expect((await parseResponse(app.client.models.$get({ query: {} }))).models).toHaveLength(20);
  });
});
