import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { type CodexAnswers, createCountingCodex, ONE_CHECK, until } from "@test/support/counting-codex.ts";
import { createTestClock, whileAdvancing } from "@test/support/test-clock.ts";
import { createPreflight, type Preflight } from "@/executor/codex/preflight.ts";
import { createRedactor } from "@/executor/redact.ts";
import type { RunOutcome, StartFailure } from "@/executor/run.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import type { Locale } from "@/locales/translate.ts";
import { codexReason } from "@/status/problem-text.ts";

const LOOPBACK = "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted";
const SECRET = "sk-own-secret-0123456789";
const HOUR_MS = 3_600_000;
const SOON_MS = 1000;

const setUp = (path: string) => {
  const clock = createTestClock();
  const memory = { isLow: false };
  const home = newRoot();
  const preflight = createPreflight({
    programs: { findCodex: () => path, findBlockedCodex: () => "" },
    sandbox: { probe: () => ({ cwd: home, arguments: ["--", "/bin/true"], unprotected: 42 }) },
    environment: { PATH: process.env.PATH, CODEX_HOME: home },
    passEnv: [],
    runAs: undefined,
    recheckMs: 60_000,
    isMemoryLow: () => memory.isLow,
    redact: createRedactor([SECRET]),
    hostRoot: home,
    subreaper: noSubreaper,
    clock,
  });
  return { preflight, clock, memory, home };
};

const reasonOf = (preflight: Pick<Preflight, "view">, locale: Locale) =>
  codexReason(
    {
      available: true,
      enabled: true,
      bin: "codex",
      path: "/codex",
      retry_at: null,
      last_job_failure: null,
      ...preflight.view(),
    },
    locale,
  );

/** A service that has started, and looked at Codex once. */
const setUpChecked = async (answers?: CodexAnswers) => {
  const codex = createCountingCodex(answers);
  const { preflight, clock, memory, home } = setUp(codex.path);
  preflight.refresh();
  await clock.advance(SOON_MS);
  await until(() => preflight.view().checked_at !== null);
  const since = codex.calls().length;
  /** What was started since. */
  const started = () => codex.calls().slice(since);
  /** Lets a check that is due run, and waits for its end. */
  const nextCheck = async () => {
    const before = preflight.view();
    await clock.advance(SOON_MS);
    await until(() => preflight.view().checked_at !== before.checked_at);
  };
  return { codex, preflight, clock, memory, home, started, nextCheck };
};

const figures = {
  threadId: undefined,
  usage: undefined,
  sandboxFailure: "",
  exitCode: 0,
  signal: null,
  durationMs: 1,
  peakMemoryKib: 0,
  cpuMs: 0,
};
const succeeded: RunOutcome = { kind: "succeeded", resultText: "x", figures };
const authFailure: RunOutcome = {
  kind: "failed",
  code: "model_auth_failed",
  message: "status 401",
  detail: { exit: 1 },
  resultText: "",
  figures,
};

const notStarted = (code: StartFailure["code"]): StartFailure => ({ kind: "not_started", code, detail: {} });

describe("a check", () => {
  test("reads version, login and sandbox from Codex's own answers, a moment after the start", async () => {
    const codex = createCountingCodex({ login: 1, says: { login: "Not logged in" } });
    const { preflight, clock } = setUp(codex.path);
    preflight.refresh();
    expect(preflight.view()).toMatchObject({ version: null, checked_at: null });
    await clock.advance(SOON_MS);
    await until(() => preflight.view().checked_at !== null);

    expect(preflight.view()).toMatchObject({ version: "0.169.0", logged_in: false, sandbox_works: true });
    expect(preflight.view().checked_at).toBe("2026-03-01T00:00:01Z");
    expect(codex.calls()).toEqual(ONE_CHECK);
    expect(reasonOf(preflight, "en")).toContain("codex login");
  });

  test("starts a program that is not Codex once only", async () => {
    const codex = createCountingCodex({ version: "something else 1.0" });
    const { preflight } = setUp(codex.path);
    await preflight.check();
    expect(codex.calls()).toEqual(["--version"]);
    expect(preflight.view()).toMatchObject({ version: null, logged_in: null, sandbox_works: null });
  });

  test("takes a usage error for no answer", async () => {
    const { preflight } = setUp(createCountingCodex({ sandbox: 2 }).path);
    await preflight.check();
    expect(preflight.view().sandbox_works).toBeNull();
  });
});

describe("a program is started", () => {
  test("by no view, however often it is read", async () => {
    const { preflight, clock, started } = await setUpChecked();
    for (let elapsedMs = 0; elapsedMs < HOUR_MS; elapsedMs += 5000) {
      preflight.refresh();
      preflight.view();
      await clock.advance(5000);
    }
    expect(started()).toEqual([]);
    expect(clock.pendingTimers()).toBe(0);
  });

  test("once after another file has come to the path, even with the same date and size", async () => {
    const { codex, preflight, started, nextCheck } = await setUpChecked({ version: "codex-cli 0.100.0" });
    codex.install({ version: "codex-cli 0.200.0" });
    for (let n = 0; n < 10; n++) preflight.refresh();
    await nextCheck();
    preflight.refresh();
    expect(started()).toEqual(ONE_CHECK);
    expect(preflight.view().version).toBe("0.200.0");
  });

  test("once after a job that noticed another file, when it has ended", async () => {
    const { codex, preflight, clock, started, nextCheck } = await setUpChecked();
    codex.install({ version: "codex-cli 0.200.0" });
    preflight.jobStarts();
    await clock.advance(HOUR_MS);
    expect(started()).toEqual([]);
    preflight.jobEnded(succeeded);
    await nextCheck();
    expect(started()).toEqual(ONE_CHECK);
  });

  test.each<[string, Parameters<ReturnType<typeof createPreflight>["jobEnded"]>[0]]>([
    ["the model refused the credentials", authFailure],
    ["its sandbox failed", { ...succeeded, figures: { ...figures, sandboxFailure: LOOPBACK } }],
    ["Codex was missing", notStarted("executor_not_available")],
    ["Codex is misconfigured", { ...authFailure, code: "executor_misconfigured" }],
    ["it did not start", notStarted("executor_start_failed")],
  ])("once after a job when %s, and once only within the set time", async (_why, outcome) => {
    const { preflight, clock, started, nextCheck } = await setUpChecked();
    preflight.jobStarts();
    preflight.jobEnded(outcome);
    await nextCheck();
    preflight.jobStarts();
    preflight.jobEnded(outcome);
    await clock.advance(SOON_MS);
    expect(started()).toEqual(ONE_CHECK);

    await clock.advance(60_000);
    preflight.jobStarts();
    preflight.jobEnded(outcome);
    await nextCheck();
    expect(started()).toEqual([...ONE_CHECK, ...ONE_CHECK]);
  });

  test("not after a job that says nothing about Codex", async () => {
    const { preflight, clock, started } = await setUpChecked();
    for (const outcome of [succeeded, notStarted("invalid_cwd"), undefined]) {
      preflight.jobStarts();
      preflight.jobEnded(outcome);
      await clock.advance(SOON_MS);
    }
    expect(started()).toEqual([]);
  });

  test("at once on request", async () => {
    const { preflight, started } = await setUpChecked();
    await Promise.all([preflight.check(), preflight.check()]);
    expect(started()).toEqual(ONE_CHECK);
  });

  test("never beside a job: a request is remembered until its end", async () => {
    const { preflight, clock, started, nextCheck } = await setUpChecked();
    preflight.jobStarts();
    await preflight.check();
    preflight.refresh();
    await clock.advance(HOUR_MS);
    expect(started()).toEqual([]);
    preflight.jobEnded(succeeded);
    await nextCheck();
    expect(started()).toEqual(ONE_CHECK);
  });

  test("never between two jobs that follow each other at once", async () => {
    const { preflight, clock, started } = await setUpChecked();
    preflight.jobStarts();
    await preflight.check();
    preflight.jobEnded(succeeded);
    preflight.jobStarts();
    await clock.advance(HOUR_MS);
    expect(started()).toEqual([]);
  });

  test("never while memory is low: a request is remembered until it is not", async () => {
    const { preflight, clock, memory, started, nextCheck } = await setUpChecked();
    memory.isLow = true;
    await preflight.check();
    for (let n = 0; n < 10; n++) {
      preflight.refresh();
      await clock.advance(60_000);
    }
    expect(started()).toEqual([]);
    memory.isLow = false;
    preflight.refresh();
    await nextCheck();
    expect(started()).toEqual(ONE_CHECK);
  });
});

test("a job ends a check under way, which is made again after it", async () => {
  const codex = createCountingCodex({ waitsFor: "release" });
  const { preflight, clock } = setUp(codex.path);
  const check = preflight.check();
  await until(() => codex.calls().length === 1);
  preflight.jobStarts();
  await whileAdvancing(clock, check);
  expect(preflight.view().checked_at).toBeNull();
  expect(codex.calls()).toEqual(["--version"]);

  codex.release("release");
  preflight.jobEnded(succeeded);
  await clock.advance(SOON_MS);
  await until(() => preflight.view().checked_at !== null);
  expect(codex.calls()).toEqual(["--version", ...ONE_CHECK]);
});

test("a stop ends a check under way, and none begins after it", async () => {
  const codex = createCountingCodex({ waitsFor: "release" });
  const { preflight, clock } = setUp(codex.path);
  void preflight.check();
  await until(() => codex.calls().length === 1);
  await whileAdvancing(clock, preflight.stop());
  preflight.refresh();
  await clock.advance(HOUR_MS);
  await preflight.check();
  expect(codex.calls()).toEqual(["--version"]);
});

test("shows refused credentials until a run succeeds", () => {
  const { preflight } = setUp("/nonexistent");
  preflight.jobEnded(authFailure);
  expect(preflight.view().last_failure).toMatchObject({ kind: "auth", message: "status 401" });
  preflight.jobEnded(succeeded);
  expect(preflight.view().last_failure).toBeNull();
});

test("shows a sandbox that failed even though the run succeeded", () => {
  const { preflight } = setUp("/nonexistent");
  preflight.jobEnded({ kind: "succeeded", resultText: "x", figures: { ...figures, sandboxFailure: LOOPBACK } });
  expect(preflight.view().last_failure).toMatchObject({ kind: "sandbox", message: LOOPBACK });
  expect(reasonOf(preflight, "zh-CN")).toContain("沙箱");
});

describe("what is wrong is told by Codex's own words:", () => {
  const BROKEN = "Error loading configuration: /root/.codex/config.toml:2:16: key with no value, expected `=`";
  const answers: [what: string, answers: CodexAnswers, calls: number, expected: object][] = [
    [
      "a broken configuration, and the sandbox is not tried",
      { login: 1, says: { login: BROKEN } },
      2,
      {
        logged_in: null,
        sandbox_works: null,
        faults: [{ kind: "config", message: BROKEN, subject: "/root/.codex/config.toml:2" }],
      },
    ],
    [
      "no login and an unknown reason of the sandbox",
      { login: 1, sandbox: 1, says: { login: "Not logged in", sandbox: "bwrap: something new" } },
      3,
      {
        logged_in: false,
        sandbox_works: false,
        faults: [
          { kind: "sandbox", message: "bwrap: something new", subject: "" },
          { kind: "not_logged_in", message: "Not logged in", subject: "" },
        ],
      },
    ],
    [
      "a failure without a word, by its exit code",
      { sandbox: 101 },
      3,
      { sandbox_works: false, faults: [{ kind: "sandbox", message: "exit code 101", subject: "" }] },
    ],
    [
      "a sentence with a secret of ours, without it",
      { login: 1, says: { login: `Error checking login status: unexpected ${SECRET} at line 1` } },
      3,
      {
        logged_in: null,
        faults: [
          {
            kind: "login_unreadable",
            message: "Error checking login status: unexpected ******** at line 1",
            subject: "",
          },
        ],
      },
    ],
    [
      "an unusable home, which is only warned about, and nothing more is started",
      { says: { version: "WARNING: proceeding, even though we could not create PATH aliases: Permission denied\n" } },
      1,
      { version: "0.169.0", logged_in: null, faults: [{ kind: "home", message: "Permission denied" }] },
    ],
  ];

  test.each(answers)("%s", async (_what, given, calls, expected) => {
    const codex = createCountingCodex(given);
    const { preflight } = setUp(codex.path);
    await preflight.check();
    expect(preflight.view()).toMatchObject(expected);
    expect(codex.calls()).toHaveLength(calls);
  });
});

describe("a refused login outranks `login status`", () => {
  const refused = async () => {
    const service = await setUpChecked();
    writeFileSync(join(service.home, "auth.json"), "{}");
    service.preflight.jobStarts();
    service.preflight.jobEnded(authFailure);
    await service.nextCheck();
    return service;
  };

  test("after the check that its failure causes", async () => {
    const { preflight } = await refused();
    expect(preflight.view()).toMatchObject({ logged_in: false, last_failure: { kind: "auth" } });
  });

  test("until auth.json changes, and Codex is then looked at again", async () => {
    const { preflight, home, started, nextCheck } = await refused();
    writeFileSync(join(home, "auth.json"), '{"new": true}');
    expect(preflight.view()).toMatchObject({ logged_in: true, last_failure: null });
    preflight.refresh();
    await nextCheck();
    expect(started()).toEqual([...ONE_CHECK, ...ONE_CHECK]);
  });

  test("until a check by hand finds a login, also one that had to wait for a job", async () => {
    const { preflight, nextCheck } = await refused();
    preflight.jobStarts();
    await preflight.check();
    expect(preflight.view().last_failure).toMatchObject({ kind: "auth" });
    preflight.jobEnded(notStarted("invalid_cwd"));
    await nextCheck();
    expect(preflight.view().last_failure).toBeNull();
  });

  test("not a check by hand that finds none", async () => {
    const { codex, preflight } = await refused();
    codex.install({ login: 1, says: { login: "Not logged in" } });
    await preflight.check();
    expect(preflight.view().last_failure).toMatchObject({ kind: "auth" });
  });
});

test("a configuration that was corrected is looked at again, but its changes count only while something is wrong", async () => {
  const { codex, preflight, clock, home, started, nextCheck } = await setUpChecked({
    login: 1,
    says: { login: "Error loading configuration: Model provider `nope` not found" },
  });
  expect(preflight.view().faults).toMatchObject([{ kind: "config", subject: join(home, "config.toml") }]);
  codex.install({});
  writeFileSync(join(home, "config.toml"), "");
  preflight.refresh();
  await nextCheck();
  expect(preflight.view().faults).toEqual([]);
  const calls = started().length;
  writeFileSync(join(home, "config.toml"), "model = 'x'");
  preflight.refresh();
  await clock.advance(SOON_MS);
  expect(started()).toHaveLength(calls);
});
