import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
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

const run = async (task: string, options: { permission_level?: string; allow_danger?: boolean } = {}) =>
  service.finished(await service.submit({ task, cwd: work.folder, ...options }));

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

test("a job that the model refuses has failed", async () => {
  expect(await run("[[error:400]]")).toMatchObject({ state: "failed", error_code: "executor_nonzero_exit" });
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
