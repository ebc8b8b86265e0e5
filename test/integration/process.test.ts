import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { startChild, untilReady } from "@test/support/child.ts";
import { buildExecutable, ensureExecutable } from "../../scripts/executable.ts";

/** The form in which the service is run. */
const executable = await ensureExecutable();

const spawn = (root: string, env: Record<string, string> = {}) => startChild([executable], { root, env });

const refusal = async (root: string, env: Record<string, string>) => {
  const child = spawn(root, env);
  const [stderr, exitCode] = [await new Response(child.stderr).text(), await child.exited];
  return { stderr, exitCode };
};

describe("the first start", () => {
  test("makes what is missing, prints one address and no secret, and serves", async () => {
    const root = newRoot();
    const printed = await untilReady(spawn(root));
    const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(join(root, ".env"), "utf8"))?.[1] ?? "";

    const [wrote, address = ""] = printed.trimEnd().split("\n");
    expect(wrote).toBe(`Wrote ${join(root, ".env")} with new random tokens (mode 0600).`);
    expect(printed).not.toContain(token);
    expect(statSync(join(root, ".env")).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "data")).mode & 0o777).toBe(0o700);
    expect(existsSync(join(root, "logs/backend"))).toBe(true);

    const api = new URL("/api/v1/status", address);
    expect((await fetch(address)).status).toBe(200);
    expect((await fetch(api)).status).toBe(401);
    expect((await fetch(api, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });
});

test("a copy of the example gets tokens, and a weak one is named with its command", async () => {
  const root = newRoot();
  const path = join(root, ".env");
  const example = readFileSync(resolve(import.meta.dir, "../../.env.example"), "utf8");
  writeFileSync(
    path,
    example.replace("OPENCLAW_GATEWAY_TOKEN=replace_with_strong_random_token", "OPENCLAW_GATEWAY_TOKEN="),
  );
  chmodSync(path, 0o644);
  const printed = await untilReady(spawn(root, { EXECUTOR_CODEX_BIN: "none" }));
  expect(printed).toStartWith(`Put new random tokens into ${path} (mode 0600): BACKEND_API_TOKEN.\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(printed).toContain("OPENCLAW_GATEWAY_TOKEN is missing, shorter than 16 characters or easy to guess.");
  const [, command = ""] = /^ {2}(\(umask .*)$/m.exec(printed) ?? [];
  expect(Bun.spawnSync(["sh", "-c", command]).exitCode).toBe(0);
  const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
  expect(printed).not.toContain(token);
  expect(readFileSync(path, "utf8")).toMatch(/^OPENCLAW_GATEWAY_TOKEN=[\da-f]{64}$/m);
});

test("files and folders open to others are restricted at the start, and named", async () => {
  const root = newRoot();
  mkdirSync(join(root, "data"), { mode: 0o755 });
  chmodSync(join(root, "data"), 0o755);
  writeFileSync(join(root, ".env"), "BACKEND_API_TOKEN=0123456789abcdef\n", { mode: 0o644 });
  const printed = await untilReady(spawn(root));
  for (const [path, mode] of [
    [".env", 0o600],
    ["data", 0o700],
  ] as const) {
    expect(printed).toContain(`${join(root, path)} was open to others`);
    expect(statSync(join(root, path)).mode & 0o777).toBe(mode);
  }
});

test("bun run adds nothing to what a command says, and keeps its exit code", async () => {
  const child = startChild([process.execPath, "run", "restore"], {
    root: newRoot(),
    cwd: resolve(import.meta.dir, "../.."),
  });
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(await child.exited).toBe(2);
  expect(error).toStartWith("用法：bun run restore <备份文件>");
  expect(out + error).not.toMatch(/exited with code|scripts\/start/);
});

describe("a stop", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "by %s ends in order with code 0, the running job recorded",
    async (signal) => {
      const root = newRoot();
      const first = spawn(root, { EXECUTOR_KILL_GRACE_SECONDS: "0", EXECUTOR_SHUTDOWN_GRACE_SECONDS: "0" });
      const address = (await untilReady(first)).trimEnd().split("\n").at(-1) ?? "";
      const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(join(root, ".env"), "utf8"))?.[1] ?? "";
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const jobs = new URL("/api/v1/executor/jobs", address).href;
      const created = await fetch(jobs, { method: "POST", headers, body: '{"task":"ignore-term","cwd":"/tmp"}' });
      const { job_id } = (await created.json()) as { job_id: string };

      first.kill(signal);
      expect(await first.exited).toBe(0);

      const second = spawn(root);
      const again = (await untilReady(second)).trimEnd();
      const answer = await fetch(new URL(`/api/v1/executor/jobs/${job_id}`, again), { headers });
      expect(await answer.json()).toMatchObject({ job: { state: "failed", error_code: "interrupted" } });
    },
  );
});

test("a stop that waits for a job still answers: alive, not ready, nothing new", async () => {
  const root = newRoot();
  const child = spawn(root, { EXECUTOR_SHUTDOWN_GRACE_SECONDS: "60" });
  const address = (await untilReady(child)).trimEnd().split("\n").at(-1) ?? "";
  const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(join(root, ".env"), "utf8"))?.[1] ?? "";
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const jobs = new URL("/api/v1/executor/jobs", address);
  await fetch(jobs, { method: "POST", headers, body: '{"task":"ignore-term","cwd":"/tmp"}' });

  child.kill("SIGTERM");
  let readiness: Response;
  do readiness = await fetch(new URL("/readyz", address));
  while (readiness.status === 200);
  expect(await readiness.json()).toEqual({ ok: false, reason: "stopping" });
  expect((await fetch(new URL("/healthz", address))).status).toBe(200);
  const refused = await fetch(jobs, { method: "POST", headers, body: '{"task":"exit","cwd":"/tmp"}' });
  expect(await refused.json()).toMatchObject({ ok: false, error_code: "service_stopping" });

  child.kill("SIGKILL");
  await child.exited;
  // Ends what that kill left of the job.
  await untilReady(spawn(root));
});

describe("it does not start, and says why in one sentence,", () => {
  /** 78 tells systemd that trying again changes nothing. */
  const expectOneSentence = (result: { stderr: string; exitCode: number }, reason: string, code = 1) => {
    const { stderr, exitCode } = result;
    expect(stderr).toStartWith("Cannot start. ");
    expect(stderr).toContain(reason);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(exitCode).toBe(code);
  };

  test("when its port is taken", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    expectOneSentence(
      await refusal(newRoot(), { BACKEND_PORT: String(other.port) }),
      `Port ${other.port} on 127.0.0.1 is taken`,
    );
    await other.stop(true);
  });

  test("when its port is taken, and then it has touched nothing", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const root = newRoot();
    await refusal(root, { BACKEND_PORT: String(other.port) });
    expect(existsSync(join(root, "data/backend_state.db"))).toBe(false);
    await other.stop(true);
  });

  test("when another instance of it has the port", async () => {
    const port = new URL((await untilReady(spawn(newRoot()))).trimEnd().split("\n").at(-1) ?? "").port;
    expectOneSentence(await refusal(newRoot(), { BACKEND_PORT: port }), `Port ${port}`);
  });

  test("when another instance has the database", async () => {
    const root = newRoot();
    await untilReady(spawn(root));
    expectOneSentence(await refusal(root, {}), "Another instance is using");
  });

  test("when settings are wrong", async () => {
    const result = await refusal(newRoot(), { BACKEND_PORT: "secret-one", EXECUTOR_TIMEOUT_SECONDS: "secret-two" });
    const reason = "BACKEND_PORT must be a whole number; EXECUTOR_TIMEOUT_SECONDS must be a whole number";
    expectOneSentence(result, reason, 78);
    expect(result.stderr).not.toContain("secret");
  });

  test("when a folder cannot be made", async () => {
    expectOneSentence(await refusal(newRoot(), { BACKEND_LOG_DIR: "/proc/nowhere" }), "Cannot create /proc/nowhere");
  });

  test("when the env file cannot be read", async () => {
    const root = newRoot();
    writeFileSync(join(root, "file"), "");
    chmodSync(join(root, "file"), 0o600);
    expectOneSentence(await refusal(root, { BACKEND_ENV_FILE: join(root, "file/.env") }), "env file");
  });
});

test("an unknown command is refused with the list of those there are", async () => {
  const child = Bun.spawn([executable, "sevre"], { stdout: "pipe", stderr: "pipe" });
  expect(await new Response(child.stderr).text()).toStartWith(
    "命令写错了，什么也没有做：sevre\n命令：bun run start | doctor",
  );
  expect(await child.exited).toBe(2);
});

test("the liveness probe passes the same guards ahead of the router as behind it", async () => {
  const address = (await untilReady(spawn(newRoot()))).trimEnd().split("\n").at(-1) ?? "";
  const statusOf = async (init: RequestInit) => (await fetch(new URL("/healthz", address), init)).status;
  const answer = await fetch(new URL("/healthz", address), { headers: { "x-trace-id": "mine" } });
  expect(await answer.json()).toEqual({ ok: true });
  expect(answer.headers.get("x-trace-id")).toBe("mine");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await statusOf({ method: "HEAD" })).toBe(200);
  expect(await statusOf({ method: "POST" })).toBe(405);
  expect(await statusOf({ headers: { host: "rebound.example" } })).toBe(403);
  expect(await statusOf({ headers: { origin: "https://elsewhere.example" } })).toBe(403);
});

test("a retired setting is ignored, with one log line that names it", async () => {
  const root = newRoot();
  await untilReady(spawn(root, { BACKEND_LOW_MEMORY: "not even a flag" }));
  const lines = readFileSync(join(root, "logs/backend/backend.log"), "utf8").trimEnd().split("\n");
  expect(lines.filter((line) => line.includes("BACKEND_LOW_MEMORY")).map((line) => JSON.parse(line))).toMatchObject([
    { settings: ["BACKEND_LOW_MEMORY"], message: "ignored retired settings" },
  ]);
});

test("the executable starts itself although a later build has deleted its file", async () => {
  const file = join(newRoot(), "executable");
  await buildExecutable(resolve(import.meta.dir, "../support/start-itself.ts"), file);
  const child = Bun.spawn([file], { stdout: "pipe", stderr: "pipe" });
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stdout).text()).toBe("started\n");
});
