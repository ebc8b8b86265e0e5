import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { createCodexHome } from "./codex-home.ts";
import { codexPeer, codexProgram, ensurePeer } from "./peers.ts";
import { createScratch, processesWith, until } from "./program.ts";
import { newToken, type Service, startService } from "./service.ts";

let model: FakeModelServer;
let codexHome: ReturnType<typeof createScratch>;
let service: Service;
const work = createScratch();

beforeAll(async () => {
  model = startFakeModelServer();
  codexHome = createCodexHome(model.url);
  service = await startService({
    EXECUTOR_CODEX_BIN: codexProgram(await ensurePeer(codexPeer)),
    EXECUTOR_PASS_ENV: "FAKE_KEY",
    EXECUTOR_RECHECK_SECONDS: "2",
    OPENCLAW_GATEWAY_TOKEN: newToken(),
    CODEX_HOME: codexHome.folder,
    FAKE_KEY: "fake-key",
  });
});

afterAll(async () => {
  await service?.stop();
  await model?.stop();
  codexHome?.remove();
  work.remove();
});

const run = async (
  task: string,
  options: { permission_level?: string; allow_danger?: boolean; resume_job_id?: string } = {},
) => service.finished(await service.submit({ task, cwd: work.folder, ...options }));

const unsandboxed = { permission_level: "L4", allow_danger: true };

test("a job's result is Codex's final message", async () => {
  expect(await run("[[say:The answer is 42.]]")).toMatchObject({
    state: "succeeded",
    result_text: "The answer is 42.",
    error_code: "",
  });
});

test("a job runs a shell command in its working directory", async () => {
  const { state, result_text } = await run("[[shell:pwd]]");

  expect(state).toBe("succeeded");
  expect(result_text).toContain(work.folder);
});

test("a job edits a file in its working directory", async () => {
  expect(await run("[[patch:notes.txt]][[say:done]]")).toMatchObject({ state: "succeeded", result_text: "done" });

  expect(readFileSync(join(work.folder, "notes.txt"), "utf8")).toBe("written by the fake model\n");
});

test("a job without danger allowed cannot write outside its working directory", async () => {
  const outside = join(codexHome.folder, "outside.txt");

  await run(`[[shell:touch ${outside}]]`);
  expect(existsSync(outside)).toBe(false);

  await run(`[[shell:touch ${outside}]]`, unsandboxed);
  expect(existsSync(outside)).toBe(true);
});

test("a job's commands see none of the service's secrets", async () => {
  const { result_text } = await run("[[shell:env]]", unsandboxed);

  expect(result_text).toContain("CODEX_HOME=");
  expect(result_text).not.toMatch(/BACKEND_API_TOKEN|OPENCLAW_GATEWAY_TOKEN/);
});

describe("a model that does not answer is told apart:", () => {
  const failures: [what: string, task: string, errorCode: string][] = [
    ["it rejects the request", "[[error:400]]", "model_request_rejected"],
    ["it fails", "[[error:500]]", "model_unavailable"],
    ["it breaks off in the middle", "[[cut]]", "model_unavailable"],
    ["it limits the rate", "[[error:429]]", "model_rate_limited"],
    ["it refuses the credentials", "[[error:401]]", "model_auth_failed"],
  ];

  test.each(failures)("%s", async (_, task, errorCode) => {
    expect(await run(task)).toMatchObject({
      state: "failed",
      error_code: errorCode,
      error: expect.stringContaining("codex exit code=1"),
    });
  });

  test("after refused credentials the next job waits, then goes on by itself", async () => {
    expect(await run("[[error:401]]")).toMatchObject({ error_code: "model_auth_failed" });
    const next = await service.submit({ task: "hello", cwd: work.folder });
    expect(await service.api(`/executor/jobs/${next}`)).toMatchObject({
      job: { state: "queued", waiting_reason: "login", retry_at: expect.any(String) },
    });
    expect(await service.finished(next)).toMatchObject({ state: "succeeded" });
  });
});

test("a job's events are told while it runs", async () => {
  const flag = join(work.folder, "go-on");
  const id = await service.submit({
    task: `[[shell:until [ -e ${flag} ]; do sleep 0.05; done; echo finished]][[say:done]]`,
    cwd: work.folder,
    ...unsandboxed,
  });
  const seen: string[] = [];
  for await (const { type } of service.events(id)) {
    seen.push(type);
    // The command waits for this file, so it is seen to have started before it has ended.
    if (type === "command_started") writeFileSync(flag, "");
  }
  expect(seen.filter((type) => !["state", "warning", "output"].includes(type))).toEqual([
    "thread",
    "command_started",
    "command_finished",
    "message",
    "usage",
    "end",
  ]);
  expect((await service.finished(id)).peak_memory_mib).toBeGreaterThan(20);
});

test("a job continues another one's conversation", async () => {
  const first = await run("[[say:one]]");
  const second = await run("[[say:two]]", { resume_job_id: first.job_id });
  expect(second).toMatchObject({ state: "succeeded", result_text: "two", thread_id: first.thread_id });
  const request = model.requests().findLast(({ turn }) => turn.prompt === "[[say:two]]");
  expect(JSON.stringify(request?.body)).toContain("[[say:one]]");
});

test("the service knows Codex's version, login and sandbox by its own word", async () => {
  expect(await service.checkedCodex()).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    logged_in: false,
    sandbox_works: true,
    reason: expect.stringContaining("codex login"),
  });
});

describe("a task reaches the model as text, never as an option:", () => {
  const tasks = {
    "the flag that switches the sandbox off": "--dangerously-bypass-approvals-and-sandbox",
    "the flag that prints the version": "--version",
    "a lone dash": "-",
    "8,000 characters of four bytes each": "𝄞".repeat(8000),
  };

  test.each(Object.entries(tasks))("%s", async (_, task) => {
    const job = await run(task);

    expect(job).toMatchObject({ state: "succeeded", result_text: "pong" });
    const requests = model.requests().filter(({ turn }) => turn.prompt === task);
    expect(requests).toHaveLength(1);
    // Codex tells the model which sandbox it runs with.
    expect(JSON.stringify(requests)).toContain("`sandbox_mode` is `workspace-write`");
  });
});

describe("nothing of a job outlives it:", () => {
  /** A `sleep` whose command line no other process has. */
  const uniqueSleep = () => `sleep 1000.${Math.floor(Math.random() * 1e9)}`;

  const cancelMidway = async (command: string, options = {}) => {
    const sleep = uniqueSleep();
    const id = await service.submit({ task: `[[shell:${command} ${sleep}]]`, cwd: work.folder, ...options });
    await until(() => processesWith(sleep).length > 0);
    await service.cancel(id);
    return { job: await service.finished(id), left: processesWith(sleep) };
  };

  test("canceled in the middle of a command", async () => {
    const { job, left } = await cancelMidway("exec");

    expect(job).toMatchObject({ state: "canceled", error_code: "canceled_by_user" });
    expect(left).toEqual([]);
  });

  test("canceled in the middle of a detached command without the sandbox", async () => {
    const { job, left } = await cancelMidway("setsid nohup", unsandboxed);

    expect(job.state).toBe("canceled");
    expect(left).toEqual([]);
  });

  test("canceled while the model does not answer", async () => {
    const id = await service.submit({ task: "[[hang]]", cwd: work.folder });
    const { closed } = await model.received(({ turn }) => turn.prompt === "[[hang]]");
    await service.cancel(id);

    expect(await service.finished(id)).toMatchObject({ state: "canceled" });
    await until(() => closed.aborted);
  });

  test("ended by itself, leaving a detached command behind", async () => {
    const sleep = uniqueSleep();
    const job = await run(`[[shell:setsid nohup ${sleep} >/dev/null 2>&1 & echo started]][[say:done]]`, unsandboxed);

    expect(job).toMatchObject({ state: "succeeded", result_text: "done" });
    expect(processesWith(sleep)).toEqual([]);
  });
});
