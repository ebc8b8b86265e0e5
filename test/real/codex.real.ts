import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
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

describe("a model that does not answer, however often Codex tries:", () => {
  const failures: [what: string, task: string][] = [
    ["it fails", "[[error:500]]"],
    ["it breaks off in the middle", "[[cut]]"],
  ];

  test.each(failures)("%s", async (_, task) => {
    expect(await run(task)).toMatchObject({ state: "failed", error_code: "model_unavailable" });
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

describe("what is wrong with Codex is told by its own words, in API, page, chat and doctor:", () => {
  const CONFIG = (first: string) => `${first}\nmodel_provider = "fake"\n`;
  /** Waits until the service has found a fault of this kind, and returns every text about it. */
  const told = async (broken: Service, env: Record<string, string>, kind: string, within: readonly string[] = []) => {
    const codex = async () =>
      (await broken.api("/executors")) as { executors: { codex: { faults: { kind: string }[]; reason: string } } };
    await until(async () => (await codex()).executors.codex.faults.some((fault) => fault.kind === kind));
    const texts = [JSON.stringify((await codex()).executors.codex.faults)];
    for (const language of ["zh-CN", "en"]) {
      const page = await fetch(`${broken.url}/web/status`, { headers: { "accept-language": language } });
      const chat = await fetch(`${broken.url}/api/v1/status?format=text&lang=${language}`, {
        headers: { authorization: `Bearer ${broken.apiToken}` },
      });
      const doctor = Bun.spawn([...within, process.execPath, "src/main.ts", "doctor", "--json", "--lang", language], {
        env: { PATH: process.env.PATH, HOME: broken.folder, OPENCLAW_BACKEND_ROOT: broken.folder, ...env },
        stdin: "ignore",
        stderr: "ignore",
      });
      texts.push(await page.text(), await chat.text());
      texts.push(
        JSON.parse(await new Response(doctor.stdout).text())
          .findings.map(Object.values)
          .join("\n"),
      );
    }
    return texts;
  };
  const startBroken = async (env: Record<string, string>, within: readonly string[] = []) => {
    const settings = { OPENCLAW_GATEWAY_TOKEN: newToken(), EXECUTOR_RECHECK_SECONDS: "2", ...env };
    const broken = await startService(settings, { within });
    return { broken, settings };
  };

  test("a configuration with a syntax error, a wrong type, an unknown provider, and none of them any more", async () => {
    const home = createCodexHome(model.url);
    const path = join(home.folder, "config.toml");
    const good = readFileSync(path, "utf8");
    writeFileSync(path, 'model = "x"\nmodel_provider "fake"\n');
    const program = codexProgram(await ensurePeer(codexPeer));
    const { broken, settings } = await startBroken({ EXECUTOR_CODEX_BIN: program, CODEX_HOME: home.folder });
    try {
      for (const text of await told(broken, settings, "config"))
        expect(text).toContain(`${path}:2:16: key with no value`);
      for (const [config, said] of [
        [CONFIG("model = 5"), `${path}:1:9: invalid type: integer`],
        ['model_provider = "nope"\n', "Model provider `nope` not found"],
      ] as const) {
        writeFileSync(path, config);
        await until(async () => JSON.stringify(await broken.api("/executors")).includes(said));
      }
      writeFileSync(path, good);
      await until(async () => !JSON.stringify(await broken.api("/executors")).includes('"kind":"config"'));
      expect(await broken.checkedCodex()).toMatchObject({ logged_in: false, sandbox_works: true });
    } finally {
      await broken.stop();
      home.remove();
    }
  });

  test("a platform package that npm left out", async () => {
    const folder = createScratch();
    const whole = await ensurePeer(codexPeer);
    cpSync(join(whole, "node_modules/@openai/codex"), join(folder.folder, "codex"), { recursive: true });
    const { broken, settings } = await startBroken({ EXECUTOR_CODEX_BIN: join(folder.folder, "codex/bin/codex.js") });
    try {
      for (const text of await told(broken, settings, "package_missing")) {
        expect(text).toContain("Missing optional dependency @openai/codex-linux");
      }
    } finally {
      await broken.stop();
      folder.remove();
    }
  });

  test("a host that allows no user namespace, with the setting that it has", async () => {
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const within = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"];
    const env = { EXECUTOR_CODEX_BIN: codexProgram(await ensurePeer(codexPeer)), CODEX_HOME: codexHome.folder };
    const model = { EXECUTOR_PASS_ENV: "FAKE_KEY", FAKE_KEY: "fake-key" };
    const { broken, settings } = await startBroken({ ...env, ...model }, within);
    try {
      const [faults = "", ...texts] = await told(broken, settings, "sandbox_limit", within);
      expect(faults).toContain("bwrap: Creating new namespace failed");
      const id = await broken.submit({ task: "[[shell:pwd]]", cwd: work.folder });
      expect(await broken.finished(id)).toMatchObject({ state: "succeeded" });
      const { executors } = (await broken.api("/executors")) as { executors: { codex: { last_failure: object } } };
      expect(executors.codex.last_failure).toMatchObject({
        kind: "sandbox",
        message: expect.stringContaining("bwrap: Creating new namespace failed"),
      });
      expect(texts.join()).toContain("sysctl -w user.max_user_namespaces=15000");
      for (const text of texts) {
        expect(text).toContain("user.max_user_namespaces=0");
        expect(text).not.toContain("unprivileged_userns_clone");
      }
    } finally {
      await broken.stop();
    }
  });
});
