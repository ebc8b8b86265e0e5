import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { type Cgroups, noCgroups } from "@/executor/cgroup.ts";
import type { RunEvent } from "@/executor/codex/events.ts";
import { createCodexExecutor } from "@/executor/codex/executor.ts";
import { JOB_MARKER, killOrphans } from "@/executor/descendants.ts";
import { startProcess } from "@/executor/process.ts";
import { createPrograms } from "@/executor/programs.ts";
import { createRedactor } from "@/executor/redact.ts";
import type { JobToRun, RunOutcome } from "@/executor/run.ts";
import type { Sandbox } from "@/executor/sandbox.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import { createWorkdirs } from "@/executor/workdir.ts";
import { systemClock } from "@/lib/clock.ts";
import { newJobId } from "@/lib/identity.ts";
import { identityOf, listProcesses, readEnvironment, readProcess } from "@/lib/proc.ts";

const folders: string[] = [];
const newFolder = () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "executor-")));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const unrestricted: Pick<Sandbox, "forJob"> = {
  forJob: () => ({ isNeeded: false, isReadOnly: false, placeholders: [], arguments: ["--stated"] }),
};

const createExecutor = (
  program: string,
  options: {
    timeoutMs?: number;
    killGraceMs?: number;
    stallMs?: number;
    lingerMs?: number;
    isMemoryCritical?: () => boolean;
    allowed?: string;
    allowDanger?: boolean;
    cgroups?: Cgroups;
    protects?: boolean;
    sandbox?: Pick<Sandbox, "forJob">;
  } = {},
) => {
  const environment = { ...process.env, BACKEND_API_TOKEN: "api-token-of-ours", FAKE_KEY: "model-key" };
  return createCodexExecutor({
    programs: createPrograms({ codexBin: resolve(fixture("bin"), program), geminiBin: "gemini", environment }),
    preflight: {
      view: () => ({ sandbox_works: true }),
      protects: async () => options.protects ?? true,
      jobStarts() {},
      jobEnded() {},
    },
    sandbox: options.sandbox ?? unrestricted,
    workdirs: createWorkdirs({
      home: "/",
      allowGlobalWorkdir: options.allowed === undefined,
      allowedWorkdirs: options.allowed === undefined ? [] : [options.allowed],
    }),
    environment,
    passEnv: ["FAKE_KEY"],
    runAs: undefined,
    allowDanger: options.allowDanger ?? true,
    timeoutMs: options.timeoutMs ?? 60_000,
    stallMs: options.stallMs ?? 0,
    lingerMs: options.lingerMs ?? 5000,
    isMemoryCritical: options.isMemoryCritical ?? (() => false),
    killGraceMs: options.killGraceMs ?? 200,
    redact: createRedactor(["api-token-of-ours"]),
    cgroups: options.cgroups ?? noCgroups,
    subreaper: noSubreaper,
    clock: systemClock,
  });
};

const start = async (
  program: string,
  task: string,
  options: Parameters<typeof createExecutor>[1] & { allowDanger?: boolean } = {},
) => {
  const jobId = newJobId();
  const events: RunEvent[] = [];
  const run = await createExecutor(program, options).start(
    { jobId, task, cwd: "/tmp", allowDanger: options.allowDanger ?? false },
    (event) => void events.push(event),
  );
  if (run.kind !== "started") throw new Error(`did not start: ${run.kind}`);
  return { jobId, run, events };
};

const outcomeOf = async (program: string, task: string, options = {}): Promise<RunOutcome> =>
  (await start(program, task, options)).run.ended;

const processesOf = (jobId: string) =>
  listProcesses().filter(({ pid }) => readEnvironment(pid).includes(`${JOB_MARKER}=${jobId}`));

/** The leader plus `count` others: the program has done what makes it awkward. */
const untilProcesses = async (run: Awaited<ReturnType<typeof start>>["run"], atLeast: number) => {
  const isOurs = ({ groupId, parentPid }: { groupId: number; parentPid: number }) =>
    groupId === run.pid || parentPid === run.pid;
  while (listProcesses().filter(isOurs).length < atLeast) await new Promise((resolve) => setImmediate(resolve));
};

describe("a plain program", () => {
  test("gets the task on standard input and answers by the predecessor's rule", async () => {
    expect(await outcomeOf("plain-echo", "hello")).toMatchObject({ kind: "succeeded", resultText: "task: hello" });
  });

  test("fails with its exit code, and both its outputs are kept", async () => {
    expect(await outcomeOf("zoo", "fail-3")).toMatchObject({
      kind: "failed",
      detail: { exit: 3 },
      resultText: "out\n\nerr",
    });
  });

  test("that is killed by a signal fails with minus its number", async () => {
    expect(await outcomeOf("zoo", "kill-9")).toMatchObject({ kind: "failed", detail: { exit: -9 } });
  });

  test("that says nothing has an explicitly empty result", async () => {
    expect(await outcomeOf("zoo", "empty")).toMatchObject({ kind: "succeeded", resultText: "(empty)" });
  });

  test("is cut at 12,000 characters and says how many are missing", async () => {
    const outcome = await outcomeOf("zoo", "long");
    expect(outcome).toMatchObject({ resultText: `${"y".repeat(12_000)}\n...[truncated 1000 chars]` });
  });

  test("has its secrets masked", async () => {
    const outcome = await outcomeOf("zoo", "secret");
    expect(outcome).toMatchObject({ resultText: 'OPENAI_API_KEY=********\n"token": "********"' });
  });
});

describe("the command line and environment", () => {
  test("never hold the task, and have the bypass flag only when it is granted", async () => {
    const flag = "--dangerously-bypass-approvals-and-sandbox";
    const safe = await outcomeOf("zoo", "args");
    const granted = await outcomeOf("zoo", "args", { allowDanger: true });
    const common = ["exec", "--json", "--skip-git-repo-check", "--cd", "/tmp"];
    expect(safe).toMatchObject({ resultText: [...common, "--stated", "-"].join("\n") });
    expect(granted).toMatchObject({ resultText: [...common, "--sandbox", "workspace-write", flag, "-"].join("\n") });
  });

  test("have what was allowed and nothing of ours", async () => {
    const outcome = await outcomeOf("zoo", "env");
    const names = outcome.kind === "succeeded" ? outcome.resultText.split("\n").map((line) => line.split("=")[0]) : [];
    expect(names).toContain("FAKE_KEY");
    expect(names).toContain(JOB_MARKER);
    expect(names).not.toContain("BACKEND_API_TOKEN");
  });
});

describe("an event stream", () => {
  test("gives the final message, the thread and the token counts", async () => {
    expect(await outcomeOf("codex-stream", "codex-0.169.0-simple")).toMatchObject({
      kind: "succeeded",
      resultText: "PONG from fake model",
      figures: {
        threadId: "01a204a9-1e0f-78a2-8ff0-b502c19d8e43",
        usage: {
          input_tokens: 5,
          cached_input_tokens: 0,
          cache_write_input_tokens: 0,
          output_tokens: 41,
          reasoning_output_tokens: 0,
        },
      },
    });
  });

  test("that ends in turn.failed is a failure, whatever the exit code", async () => {
    expect(await outcomeOf("codex-stream", "codex-0.169.0-error500 1")).toMatchObject({
      kind: "failed",
      code: "model_unavailable",
      detail: { exit: 1 },
    });
    expect(await outcomeOf("codex-stream", "codex-0.169.0-incomplete 0")).toMatchObject({
      kind: "failed",
      code: "model_request_rejected",
      resultText: "PONG from fake model",
    });
  });
});

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

// Without a path the program starts in no group: only the figures are looked at.
const outOfMemory = {
  path: undefined as never,
  isPopulated: () => false,
  kill() {},
  figures: () => ({ isOutOfMemory: true }),
  remove() {},
};
const cgroups = { ...noCgroups, create: () => outOfMemory };

test("a run that the kernel ended for memory says so, beside what it said last", async () => {
  const lines = ["SIGKILL", '{"type":"turn.started"}'];
  expect(await outcomeOf("codex-says", lines.join("\n"), { cgroups })).toMatchObject({
    kind: "failed",
    message: "out of memory: ended by the kernel",
  });
  lines.push("!error: the allocation failed");
  expect(await outcomeOf("codex-says", lines.join("\n"), { cgroups })).toMatchObject({
    message: "error: the allocation failed (out of memory: ended by the kernel)",
  });
});

test("a run that lost a process for memory has not succeeded, whatever its end says", async () => {
  const message = expect.stringContaining("out of memory: ended by the kernel");
  const lost = { kind: "failed", code: "memory_pressure", message };
  expect(await outcomeOf("zoo", "echo done", { cgroups })).toMatchObject(lost);
  expect(await outcomeOf("codex-stream", "codex-0.169.0-simple", { cgroups })).toMatchObject({
    ...lost,
    resultText: "PONG from fake model",
  });
  // What the model service said is the better reason.
  expect(await outcomeOf("codex-stream", "codex-0.169.0-error500 1", { cgroups })).toMatchObject({
    code: "model_unavailable",
  });
});

describe("the end of a turn", () => {
  const turn = (...lines: object[]) => ["hang", ...lines.map((line) => JSON.stringify(line))].join("\n");
  const answer = { type: "item.completed", item: { type: "agent_message", text: "done" } };
  const done = turn(answer, { type: "turn.completed", usage: {} });

  test("ends what goes on running, with everything it started, a while later", async () => {
    const { jobId, run } = await start("codex-says", done, { lingerMs: 300 });
    await untilProcesses(run, 2);
    expect(await run.ended).toMatchObject({ kind: "succeeded", resultText: "done", figures: { signal: "SIGTERM" } });
    expect(processesOf(jobId)).toEqual([]);
  });

  test("decides, whatever stops the rest", async () => {
    const codes = [
      "canceled_by_user",
      "executor_timeout",
      "executor_stalled",
      "memory_pressure",
      "interrupted",
    ] as const;
    for (const code of codes) {
      const { run, events } = await start("codex-says", done);
      while (!events.some(({ type }) => type === "usage")) await nextTurn();
      run.stop(code);
      expect(await run.ended).toMatchObject({ kind: "succeeded", resultText: "done" });
    }
  });

  test("does not when the run was stopped before", async () => {
    const { run, events } = await start("codex-says", turn(answer));
    while (!events.some(({ type }) => type === "message")) await nextTurn();
    run.stop("executor_timeout");
    expect(await run.ended).toMatchObject({ kind: "stopped", code: "executor_timeout", resultText: "done" });
  });
});

describe("stopping", () => {
  const zoo: [task: string, processes: number][] = [
    ["sleep", 1],
    ["ignore-term", 2],
    ["double-fork", 1],
    ["fork-200", 201],
    ["close-stdout", 1],
  ];
  test.each(zoo)("ends %s with everything it started", async (task, processes) => {
    const { jobId, run } = await start("zoo", task);
    await untilProcesses(run, processes);

    run.stop("canceled_by_user");
    run.stop("executor_timeout");

    expect(await run.ended).toMatchObject({ kind: "stopped", code: "canceled_by_user" });
    expect(processesOf(jobId)).toEqual([]);
  });

  test("happens by itself at the timeout", async () => {
    const { jobId, run } = await start("zoo", "ignore-term", { timeoutMs: 300 });
    expect(await run.ended).toMatchObject({ kind: "stopped", code: "executor_timeout" });
    expect(processesOf(jobId)).toEqual([]);
  });

  test("happens when nothing is written for too long", async () => {
    expect(await outcomeOf("zoo", "sleep", { stallMs: 20 })).toMatchObject({
      kind: "stopped",
      code: "executor_stalled",
    });
  });

  test("happens when the host runs out of memory", async () => {
    const outcome = await outcomeOf("zoo", "sleep", { isMemoryCritical: () => true });
    expect(outcome).toMatchObject({ kind: "stopped", code: "memory_pressure" });
  });

  test("a run's cost is told, also of one that was ended", async () => {
    const { figures } = await outcomeOf("zoo", "sleep", { stallMs: 20 });
    expect(figures.peakMemoryKib).toBeGreaterThan(500);
    expect(figures.durationMs).toBeGreaterThan(20);
    expect(figures).toMatchObject({ exitCode: null, signal: "SIGTERM" });
  });

  test("the processor's time is told, of the children too", async () => {
    const { figures } = await outcomeOf("zoo", "no-newlines");
    expect(figures.cpuMs).toBeGreaterThan(0);
  });

  test("a child is the first that the kernel should kill, and the last that it should run", async () => {
    const { run } = await start("zoo", "sleep");
    const { pid } = run;
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim()).toBe("700");
    expect(getPriority(pid)).toBe(10);
    run.stop("canceled_by_user");
    await run.ended;
  });

  test.each(["hold-stdout", "exit-while-child-lives"])(
    "a normal exit also takes what is left behind by %s",
    async (task) => {
      const { jobId, run } = await start("zoo", task);
      expect(await run.ended).toMatchObject({ kind: "succeeded" });
      expect(processesOf(jobId)).toEqual([]);
    },
  );
});

test("a stop that comes too late signals nobody: the group's number may be another's by then", async () => {
  const process = startProcess({
    argv: ["true"],
    env: { PATH: "/bin:/usr/bin" },
    stdin: "",
    marker: { name: JOB_MARKER, value: newJobId() },
    onOutput() {},
    killGraceMs: 0,
    cgroups: noCgroups,
    subreaper: noSubreaper,
    clock: systemClock,
  });
  await process.ended;
  expect(process.stop()).toBe(false);
});

describe("a thread's id", () => {
  const OTHERS = "01a204a9-1e0f-78a2-8ff0-000000000001";
  const said = (id: string) => JSON.stringify({ type: "thread.started", thread_id: id });
  const startStranger = () =>
    Bun.spawn(["sleep", "1000"], { env: { PATH: process.env.PATH, CODEX_THREAD_ID: OTHERS }, detached: true });

  test("that a job prints ends nobody who carries it, whether started before or after the job", async () => {
    const before = startStranger();
    const { run, events } = await start("codex-says", ["hang", said(OTHERS)].join("\n"));
    while (!events.some(({ type }) => type === "thread")) await nextTurn();
    const after = startStranger();
    run.stop("canceled_by_user");
    await run.ended;
    for (const { pid } of [before, after]) {
      expect(readProcess(pid)).toBeDefined();
      process.kill(pid, "SIGKILL");
    }
  });

  test("is the first that a run reports, and none of another job", async () => {
    const own = "01a204a9-1e0f-78a2-8ff0-000000000002";
    const threadOf = async (job: Partial<JobToRun>, ...ids: string[]) => {
      const run = await createExecutor("codex-says").start(
        { jobId: newJobId(), task: ["0", ...ids.map(said)].join("\n"), cwd: "/tmp", allowDanger: false, ...job },
        () => {},
      );
      return run.kind === "started" && (await run.ended).figures.threadId;
    };
    const isThreadTaken = (id: string) => id === OTHERS;
    expect(await threadOf({ isThreadTaken }, own, OTHERS)).toBe(own);
    expect(await threadOf({ isThreadTaken }, OTHERS, own)).toBeUndefined();
    expect(await threadOf({ isThreadTaken, resumeThreadId: OTHERS }, OTHERS)).toBe(OTHERS);
  });
});

describe("what a crash left behind", () => {
  const startOrphan = (script: string, jobId: string) =>
    // Bash takes a socket as its input for a remote login, and would read the user's .bashrc.
    Bun.spawn(["bash", "--norc", "-c", script], {
      env: { PATH: process.env.PATH, [JOB_MARKER]: jobId },
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });

  test("is ended by its group, even when the leader is gone and the environment is cleared", async () => {
    const leader = startOrphan("env -i sleep 1000 >/dev/null & echo $!; read -r", "orphan-1");
    const pidStart = identityOf(leader.pid) ?? "";
    await leader.stdin.end();
    const child = Number(await new Response(leader.stdout).text());
    await leader.exited;
    expect(readProcess(child)).toBeDefined();
    await killOrphans({ jobId: "orphan-1", pid: leader.pid, pidStart, cgroupPath: null }, noCgroups, systemClock);
    expect(readProcess(child)).toBeUndefined();
  });

  test("is not what has reused the number of its group, when that one's leader is gone too", async () => {
    const daemon = Bun.spawn(["sh", "-c", "sleep 1000 >/dev/null & echo $!; read -r _"], {
      env: { PATH: process.env.PATH, LANG: "C" },
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
    });
    const [boot] = identityOf(daemon.pid)?.split("/") ?? [];
    await daemon.stdin.end();
    const child = Number(await new Response(daemon.stdout).text());
    await daemon.exited;
    const lost = { jobId: "lost", pid: daemon.pid, pidStart: `${boot}/1`, cgroupPath: null };
    await killOrphans(lost, noCgroups, systemClock);
    expect(readProcess(child)).toBeDefined();
    process.kill(child, "SIGKILL");
  });

  test("is not looked for under a number that is somebody else's by now", async () => {
    const stranger = startOrphan("exec sleep 1000", "stranger");
    await killOrphans(
      { jobId: "another", pid: stranger.pid, pidStart: "boot/1", cgroupPath: null },
      noCgroups,
      systemClock,
    );
    expect(readProcess(stranger.pid)).toBeDefined();
    stranger.kill("SIGKILL");
    await stranger.exited;
  });
});

test("a job starts in its working directory", async () => {
  const { run } = await start("zoo", "where");
  expect(await run.ended).toMatchObject({ kind: "succeeded", resultText: "/tmp" });
});

describe("a job that cannot start", async () => {
  const job = { jobId: "0", task: "x", cwd: "/tmp", allowDanger: false };

  test("says that the program is gone", async () => {
    expect(await createExecutor("no-such-program").start(job, () => {})).toMatchObject({
      code: "executor_not_available",
    });
  });

  test("says that its interpreter is gone, not the program", async () => {
    const path = join(newFolder(), "codex");
    writeFileSync(path, "#!/no/such/interpreter\n", { mode: 0o755 });
    expect(await createExecutor(path).start(job, () => {})).toMatchObject({ code: "executor_start_failed" });
  });

  test("refuses a NUL, which no command could carry", async () => {
    expect(await createExecutor("plain-echo").start({ ...job, task: "a\0b" }, () => {})).toMatchObject({
      code: "executor_start_failed",
    });
  });

  test("is never run with a smaller danger than it asked for, nor without leave", async () => {
    const executor = createExecutor("plain-echo", { allowDanger: false });
    expect(await executor.start({ ...job, allowDanger: true }, () => {})).toEqual({
      kind: "not_started",
      code: "permission_deny",
      detail: {},
    });
  });

  test("gives no stored thread id to Codex that could be an option", async () => {
    const resumeThreadId = "--dangerously-bypass-approvals-and-sandbox";
    expect(await createExecutor("zoo").start({ ...job, resumeThreadId }, () => {})).toMatchObject({
      code: "executor_start_failed",
    });
  });

  test("does not follow a directory that was swapped for a link to the outside", async () => {
    const allowed = newFolder();
    const cwd = join(allowed, "project");
    mkdirSync(cwd);
    rmSync(cwd, { recursive: true });
    symlinkSync(newFolder(), cwd);
    expect(await createExecutor("plain-echo", { allowed }).start({ ...job, cwd }, () => {})).toEqual({
      kind: "not_started",
      code: "workdir_not_allowed",
      detail: { cwd },
    });
  });
});
