import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { type OpenDatabase, openDatabase } from "@/db/open.ts";
import type { Executor } from "@/executor/codex/executor.ts";
import type { RunFailure } from "@/executor/codex/failures.ts";
import type { CrashedJob } from "@/executor/descendants.ts";
import type { RunOutcome, StopCode } from "@/executor/run.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import { createJobEvents } from "@/jobs/events.ts";
import { createQueueHold } from "@/jobs/hold.ts";
import { createJournals, type JobEvent } from "@/jobs/journal.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { finished, queued, started } from "@/jobs/state.ts";
import { createWorker } from "@/jobs/worker.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const ended = {
  message: "",
  resultText: "",
  figures: {
    threadId: undefined,
    usage: undefined,
    sandboxFailure: "",
    exitCode: 0,
    signal: null,
    durationMs: 5,
    peakMemoryKib: 2048,
    cpuMs: 3,
  },
};
const success: RunOutcome = { ...ended, kind: "succeeded", resultText: "done" };

const canceled = (at: Date) => finished(at, { code: "canceled_by_user" });

/** An executor that runs nothing: a test says when and how each run ends. */
const createFakeExecutor = () => {
  const started: string[] = [];
  const stops: StopCode[] = [];
  let end: (outcome: RunOutcome) => void = () => {};
  const executor: Executor = {
    async start({ jobId }) {
      started.push(jobId);
      const run = Promise.withResolvers<RunOutcome>();
      end = run.resolve;
      return {
        kind: "started",
        pid: 4_000_000,
        identity: "boot/1",
        cgroupPath: "/cgroup/job",
        stop: (code) => {
          stops.push(code);
          run.resolve({ ...ended, kind: "stopped", code, detail: {} });
        },
        ended: run.promise,
      };
    },
  };
  return { executor, started, stops, end: (outcome: RunOutcome) => end(outcome) };
};

const setUp = (folder = mkdtempSync(join(tmpdir(), "worker-")), clock = createTestClock()) => {
  const database: OpenDatabase = openDatabase(join(folder, "state.db"));
  const repository = createJobRepository(database.db);
  const fake = createFakeExecutor();
  let availableKib = 4 * 1024 * 1024;
  let loginChangedAtMs = 0;
  const orphaned: CrashedJob[] = [];
  const records: { status: string; reason: string; errorCode?: string }[] = [];
  const journals = createJournals({ folder: join(folder, "jobs"), clock, logger: silentLogger });
  const hold = createQueueHold({
    repository,
    loginChangedAtMs: () => loginChangedAtMs,
    quotaRetryMs: 900_000,
    recheckMs: 60_000,
    clock,
  });
  const worker = createWorker({
    repository,
    executor: fake.executor,
    killOrphans: async (job) => void orphaned.push(job),
    hold,
    memoryGate: createMemoryGate(() => availableKib),
    events: createJobEvents({ journals, audit: { record: (event) => void records.push(event) }, clock }),
    onEnded: () => {},
    timing: { memoryWaitMs: 600_000, shutdownGraceMs: 1000 },
    clock,
    logger: silentLogger,
  });
  const enqueue = (jobId: string, { resumeJobId = null }: { resumeJobId?: string | null } = {}) =>
    repository.enqueue(
      queued({
        jobId,
        executor: "codex",
        task: "t",
        cwd: "/",
        permissionLevel: "L3",
        allowDanger: false,
        resumeJobId,
        notify: null,
        traceId: "t",
        at: clock.now(),
      }),
    );
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }), database.close);
  const stateOf = (jobId: string) => repository.find(jobId)?.state;
  return {
    folder,
    database,
    journals,
    clock,
    repository,
    worker,
    enqueue,
    stateOf,
    orphaned,
    records,
    setAvailableMib: (mib: number) => {
      availableKib = mib * 1024;
    },
    hold,
    logIn: () => {
      loginChangedAtMs = clock.now().getTime();
    },
    ...fake,
  };
};

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Starts the worker and lets it take its first job. */
const begin = async (worker: { start(): Promise<void> }) => {
  await worker.start();
  await settle();
};

test("jobs run one at a time, in the order they came", async () => {
  const { worker, enqueue, started, end, stateOf } = setUp();
  for (const id of ["c", "a", "b"]) enqueue(id);

  await begin(worker);
  expect(started).toEqual(["c"]);
  expect(stateOf("a")).toBe("queued");
  end(success);
  await settle();
  end(success);
  await settle();

  expect(started).toEqual(["c", "a", "b"]);
  expect([stateOf("c"), stateOf("a"), stateOf("b")]).toEqual(["succeeded", "succeeded", "running"]);
});

test("a job queued after the queue ran dry is taken up", async () => {
  const { worker, enqueue, started, end } = setUp();
  await begin(worker);
  enqueue("a");
  worker.wake();
  await settle();
  end(success);
  enqueue("b");
  worker.wake();
  await settle();
  expect(started).toEqual(["a", "b"]);
});

test("the process of a job is noted without waiting for the disk, and everything else still waits for it", async () => {
  const { worker, enqueue, repository, database } = setUp();
  enqueue("a");
  await begin(worker);
  expect(repository.find("a")).toMatchObject({ pid: 4_000_000, pidStart: "boot/1", cgroupPath: "/cgroup/job" });
  expect(database.db.all("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
});

describe("after a crash", () => {
  test("a job found running is ended as interrupted with what it left behind, and is not run again", async () => {
    const before = setUp();
    before.enqueue("a");
    before.enqueue("b");
    await begin(before.worker);
    before.database.close();

    const after = setUp(before.folder);
    await begin(after.worker);

    expect(after.orphaned).toMatchObject([
      { jobId: "a", pid: 4_000_000, pidStart: "boot/1", cgroupPath: "/cgroup/job" },
    ]);
    expect(after.repository.find("a")).toMatchObject({ state: "failed", errorCode: "interrupted", pid: null });
    expect(after.started).toEqual(["b"]);
    expect(after.records[0]).toMatchObject({ status: "failed", errorCode: "interrupted", reason: "executor_recovery" });
  });
});

const soFar: [what: string, events: JobEvent[], expected: object][] = [
  ["nothing", [], { resultText: "", error: "服务停止或重启，任务被中断，不会自动重跑。" }],
  [
    "output alone",
    [
      { type: "output", stream: "stdout", text: "a" },
      { type: "output", stream: "stderr", text: "b" },
    ],
    { resultText: "a\nb" },
  ],
  [
    "a message and an empty one",
    [
      { type: "message", text: "half" },
      { type: "message", text: " " },
    ],
    { resultText: "half" },
  ],
  ["no message", [{ type: "thread", thread_id: "x" }], { resultText: "(empty)" }],
  [
    "a retry it was in",
    [
      { type: "message", text: "half" },
      { type: "retry", text: "Reconnecting... 2/5" },
    ],
    { resultText: "half", error: expect.stringMatching(/不会自动重跑：Reconnecting\.\.\. 2\/5$/) },
  ],
  [
    "a retry it got over",
    [
      { type: "retry", text: "Reconnecting... 2/5" },
      { type: "message", text: "half" },
    ],
    { error: "服务停止或重启，任务被中断，不会自动重跑。" },
  ],
  [
    "an MCP call that failed",
    [{ type: "item", item_type: "mcp_tool_call", title: "a.b", status: "failed", text: "db is gone" }],
    { error: expect.stringContaining("db is gone") },
  ],
  [
    "a long message",
    [{ type: "message", text: "x".repeat(13_000) }],
    { resultText: `${"x".repeat(12_000)}\n...[truncated 1000 chars]` },
  ],
];
test.each(soFar)("a job that a crash cut off keeps what its journal has: %s", async (_, entries, expected) => {
  const before = setUp();
  before.enqueue("a");
  await begin(before.worker);
  for (const entry of entries) before.journals.append("a", entry);
  before.database.close();
  const after = setUp(before.folder);
  await begin(after.worker);
  expect(after.repository.find("a")).toMatchObject({ errorCode: "interrupted", ...expected });
});

describe("when the database refuses the end of a job", () => {
  test("the end is kept and stored as soon as it can be, and work goes on", async () => {
    const { worker, enqueue, end, stateOf, database, clock, started } = setUp();
    enqueue("a");
    enqueue("b");
    await begin(worker);
    database.db.run("CREATE TRIGGER full BEFORE UPDATE ON executor_jobs BEGIN SELECT raise(ABORT, 'disk full'); END");
    end(success);
    await clock.advance(5000);
    expect(stateOf("a")).toBe("running");

    database.db.run("DROP TRIGGER full");
    await clock.advance(1000);

    expect(stateOf("a")).toBe("succeeded");
    expect(started).toEqual(["a", "b"]);
  });
});

describe("stopping the service", () => {
  test("lets the running job finish within its grace", async () => {
    const { worker, enqueue, end, stops, stateOf } = setUp();
    enqueue("a");
    await begin(worker);
    const stopped = worker.stop();
    end(success);
    await stopped;
    expect(stops).toEqual([]);
    expect(stateOf("a")).toBe("succeeded");
  });

  test("ends the running job as interrupted and leaves the waiting one waiting", async () => {
    const { worker, enqueue, stops, repository, stateOf, clock } = setUp();
    enqueue("a");
    enqueue("b");
    await begin(worker);

    const stopped = worker.stop();
    await clock.advance(1000);
    await stopped;

    expect(stops).toEqual(["interrupted"]);
    expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "interrupted" });
    expect(stateOf("b")).toBe("queued");
  });
});

const ends: [outcome: RunOutcome, expected: object][] = [
  [
    { ...ended, kind: "failed", code: "model_auth_failed", message: "status 401", detail: { exit: 1 }, resultText: "" },
    { state: "failed", errorCode: "model_auth_failed", error: expect.stringContaining("codex exit code=1") },
  ],
  [
    { ...ended, kind: "stopped", code: "executor_stalled", detail: {} },
    { state: "failed", errorCode: "executor_stalled" },
  ],
  [
    { ...ended, kind: "stopped", code: "memory_pressure", detail: {} },
    { state: "failed", errorCode: "memory_pressure" },
  ],
  [success, { state: "succeeded", resultText: "done", errorCode: "" }],
  [
    { ...ended, kind: "failed", code: "executor_nonzero_exit", detail: { exit: -9 }, resultText: "out" },
    { state: "failed", errorCode: "executor_nonzero_exit", error: "codex exit code=-9", resultText: "out" },
  ],
  [
    { ...ended, kind: "stopped", code: "executor_timeout", detail: {} },
    { state: "failed", errorCode: "executor_timeout", resultText: "" },
  ],
  [
    { ...ended, kind: "stopped", code: "canceled_by_user", detail: {} },
    { state: "canceled", errorCode: "canceled_by_user", resultText: "" },
  ],
];
test.each(ends)("a run that ended as %j is recorded as %j", async (outcome, expected) => {
  const { worker, enqueue, end, repository } = setUp();
  enqueue("a");
  await begin(worker);
  end(outcome);
  await settle();
  expect(repository.find("a")).toMatchObject(expected);
});

test("a run that throws fails its job and not the worker", async () => {
  const { worker, enqueue, executor, stateOf, records, repository } = setUp();
  const { start } = executor;
  executor.start = () => {
    executor.start = start;
    throw new Error("a bug");
  };
  enqueue("a");
  enqueue("b");
  await begin(worker);
  expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "internal_error" });
  expect(stateOf("b")).toBe("running");
  expect(records[0]).toMatchObject({ reason: "executor_worker_exception", errorCode: "internal_error" });
});

test("a finished job cannot be finished again", () => {
  const { repository, enqueue, clock } = setUp();
  const at = clock.now();
  enqueue("a");
  repository.start("a", { state: "running", startedAt: "now" });
  expect(repository.finishQueued("a", canceled(at))).toBeUndefined();
  expect(repository.finishRunning("a", finished(at, { resultText: "x", figures: ended.figures }))?.state).toBe(
    "succeeded",
  );
  expect(repository.finishRunning("a", finished(at, { code: "interrupted" }))).toBeUndefined();
  expect(repository.finishQueued("a", canceled(at))).toBeUndefined();
  expect(repository.start("a", { state: "running", startedAt: "again" })).toBeUndefined();
});

test("what a run cost is kept with it", async () => {
  const { worker, enqueue, end, repository } = setUp();
  enqueue("a");
  await begin(worker);
  end(success);
  await settle();
  expect(repository.find("a")).toMatchObject({
    exitCode: 0,
    signal: null,
    durationMs: 5,
    peakMemoryKib: 2048,
    cpuMs: 3,
  });
});

describe("a job that continues another", () => {
  test("fails when that one was deleted meanwhile, and starts no new conversation", async () => {
    const { worker, database, repository, enqueue, started } = setUp();
    enqueue("first");
    repository.finishQueued("first", { ...canceled(new Date(0)), threadId: "thread" });
    enqueue("second", { resumeJobId: "first" });
    database.db.run("DELETE FROM executor_jobs WHERE job_id = 'first'");
    await begin(worker);
    expect(started).toEqual([]);
    expect(repository.find("second")).toMatchObject({ state: "failed", errorCode: "resume_thread_lost" });
  });

  test("keeps that one from being deleted while it waits", () => {
    const { repository, enqueue } = setUp();
    enqueue("first");
    repository.finishQueued("first", canceled(new Date(0)));
    enqueue("second", { resumeJobId: "first" });
    const deleteOld = () => repository.deleteOld({ days: 1, maxJobs: 1, now: new Date("2026-03-20T00:00:00Z") });
    expect(deleteOld()).toEqual([]);
    repository.finishQueued("second", canceled(new Date(0)));
    expect(deleteOld()).toEqual(["first"]);
  });
});

describe("while another program has locked the database", () => {
  test("a running job's end is stored afterwards", async () => {
    const { worker, clock, folder, enqueue, stateOf, end } = setUp();
    enqueue("a");
    await begin(worker);
    const other = new Database(join(folder, "state.db"));
    other.run("BEGIN IMMEDIATE");
    end(success);
    await clock.advance(20_000);
    expect(stateOf("a")).toBe("running");
    other.close();
    await clock.advance(1000);
    expect(stateOf("a")).toBe("succeeded");
  });

  test("a start waits for it before it takes up jobs", async () => {
    const { worker, clock, folder, repository, enqueue, stateOf } = setUp();
    enqueue("a");
    repository.start("a", started(clock.now()));
    const other = new Database(join(folder, "state.db"));
    other.run("BEGIN IMMEDIATE");
    const start = worker.start();
    await clock.advance(20_000);
    expect(stateOf("a")).toBe("running");
    other.close();
    await clock.advance(1000);
    await start;
    expect(stateOf("a")).toBe("failed");
  });

  test("the processes of a job that starts are noted afterwards", async () => {
    const { worker, clock, folder, repository, enqueue, executor } = setUp();
    const other = new Database(join(folder, "state.db"));
    const { start } = executor;
    executor.start = (...job) => {
      other.run("BEGIN IMMEDIATE");
      return start(...job);
    };
    enqueue("a");
    await begin(worker);
    expect(repository.find("a")).toMatchObject({ state: "running", pid: null });
    other.close();
    await clock.advance(1000);
    expect(repository.find("a")?.pid).toBe(4_000_000);
  });
});

describe("while memory is short", () => {
  test("a job stays queued and says why, and goes on by itself when there is enough", async () => {
    const { worker, enqueue, started, repository, clock, setAvailableMib } = setUp();
    setAvailableMib(400);
    enqueue("a");
    await begin(worker);
    expect(started).toEqual([]);
    expect(repository.find("a")).toMatchObject({ state: "queued", waitingReason: "memory", waitingAvailableMib: 400 });

    setAvailableMib(512);
    await clock.advance(5000);
    expect(started).toEqual(["a"]);
    expect(repository.find("a")).toMatchObject({ state: "running", waitingReason: null, waitingAvailableMib: null });
  });

  test("a job that has waited too long fails, and the next one has its own time", async () => {
    const { worker, enqueue, started, repository, clock, stateOf, setAvailableMib } = setUp();
    setAvailableMib(400);
    enqueue("a");
    enqueue("b");
    await begin(worker);
    await clock.advance(601_000);
    expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "mem_heavy_reject", startedAt: null });
    expect(stateOf("b")).toBe("queued");
    expect(started).toEqual([]);
  });

  test.each([365, 1, -1, -365])("a clock set by %d days neither ends the wait nor prolongs it", async (days) => {
    const { worker, enqueue, clock, stateOf, setAvailableMib } = setUp();
    setAvailableMib(400);
    enqueue("a");
    await begin(worker);
    clock.jump(days * 86_400_000);
    await clock.advance(595_000);
    expect(stateOf("a")).toBe("queued");
    await clock.advance(10_000);
    expect(stateOf("a")).toBe("failed");
  });

  test("a clock that was set while the service was down does not end the wait either", async () => {
    const before = setUp();
    before.setAvailableMib(400);
    before.enqueue("a");
    await begin(before.worker);
    await before.worker.stop();
    before.database.close();
    before.clock.jump(365 * 86_400_000);
    const after = setUp(before.folder, before.clock);
    after.setAvailableMib(400);
    await begin(after.worker);
    expect(after.stateOf("a")).toBe("queued");
    after.setAvailableMib(600);
    await after.clock.advance(5000);
    expect(after.stateOf("a")).toBe("running");
  });

  test("a stop does not wait for it", async () => {
    const { worker, enqueue, stateOf, setAvailableMib, clock } = setUp();
    setAvailableMib(400);
    enqueue("a");
    await begin(worker);
    await worker.stop();
    expect(stateOf("a")).toBe("queued");
    expect(clock.pendingTimers()).toBe(0);
  });
});

const modelFailed = (code: RunFailure, message: string): RunOutcome => ({
  ...{ kind: "failed", code, message, detail: { exit: 1 }, resultText: "" },
  figures: { ...ended.figures, exitCode: 1 },
});
const usageLimit = (when: string) =>
  modelFailed("model_quota_exhausted", `You’ve hit your usage limit. Upgrade to Pro or try again ${when}.`);
const loginExpired = modelFailed("model_auth_failed", "Your refresh token was already used. Please sign in again.");

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A worker with these jobs, whose first one has ended so. The tests' clock begins at midnight UTC. */
const afterFirst = async (outcome: RunOutcome, ...jobIds: string[]) => {
  const all = setUp();
  for (const id of jobIds) all.enqueue(id);
  await begin(all.worker);
  all.end(outcome);
  await settle();
  /** Moves the time on, and ends what has started. */
  const nextAfter = async (ms: number, outcome: RunOutcome) => {
    await all.clock.advance(ms);
    all.end(outcome);
    await settle();
  };
  return { ...all, nextAfter };
};

describe("after a job that found the quota exhausted", () => {
  test("ten others wait until the time that was named, then run in order", async () => {
    const ids = ["j0", "j1", "j2", "j3", "j4", "j5", "j6", "j7", "j8", "j9"];
    const { clock, started, end, repository, hold, stateOf } = await afterFirst(usageLimit("at 2:50 AM"), ...ids);
    expect(repository.find("j0")).toMatchObject({ state: "failed", retryAt: "2026-03-01T02:50:00Z" });
    expect(hold.current()).toEqual({
      reason: "quota",
      jobId: "j0",
      since: "2026-03-01T00:00:00Z",
      retryAt: "2026-03-01T02:50:00Z",
      message: "You’ve hit your usage limit. Upgrade to Pro or try again at 2:50 AM.",
    });

    await clock.advance(2 * HOUR_MS + 49 * MINUTE_MS);
    expect(started).toEqual(["j0"]);
    await clock.advance(MINUTE_MS);
    expect(started).toEqual(["j0", "j1"]);
    for (let n = 1; n < ids.length; n++) {
      end(success);
      await settle();
    }
    expect(started).toEqual(ids);
    expect(ids.slice(1).map(stateOf)).toEqual(Array(9).fill("succeeded"));
    expect(clock.pendingTimers()).toBe(0);
  });

  test("a restart changes nothing, nor does a cancel before it", async () => {
    const before = await afterFirst(usageLimit("at 12:10 AM"), "a", "b", "c");
    before.repository.finishQueued("c", canceled(before.clock.now()));
    await before.worker.stop();
    before.database.close();

    const { worker, clock, started } = setUp(before.folder, before.clock);
    await begin(worker);
    expect(started).toEqual([]);
    await clock.advance(10 * MINUTE_MS);
    expect(started).toEqual(["b"]);
  });

  test("without a time, one is tried after the set one, and each failure spends one", async () => {
    const { nextAfter, clock, started, repository } = await afterFirst(usageLimit("later"), "a", "b", "c", "d");
    expect(repository.find("a")?.retryAt).toBe("2026-03-01T00:15:00Z");
    await clock.advance(14 * MINUTE_MS);
    expect(started).toEqual(["a"]);
    await nextAfter(MINUTE_MS, usageLimit("in 2 hours"));
    expect(repository.find("b")?.retryAt).toBe("2026-03-01T02:15:00Z");
    await clock.advance(HOUR_MS);
    expect(started).toEqual(["a", "b"]);
    await nextAfter(HOUR_MS, success);
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("a time that has passed counts as none", async () => {
    const { repository } = await afterFirst(usageLimit("at Feb 1st, 2026 2:50 PM"), "a", "b");
    expect(repository.find("a")?.retryAt).toBe("2026-03-01T00:15:00Z");
  });

  test("a trial that fails otherwise lets the next one run at once", async () => {
    const { nextAfter, started } = await afterFirst(usageLimit("in 1 hour"), "a", "b", "c");
    await nextAfter(HOUR_MS, modelFailed("model_request_rejected", "no such model"));
    expect(started).toEqual(["a", "b", "c"]);
  });

  test("a waiting job can be canceled, and the next one is the trial", async () => {
    const { clock, started, repository, hold } = await afterFirst(usageLimit("in 1 hour"), "a", "b", "c");
    repository.finishQueued("b", canceled(clock.now()));
    await clock.advance(MINUTE_MS);
    expect(hold.current()?.reason).toBe("quota");
    await clock.advance(HOUR_MS);
    expect(started).toEqual(["a", "c"]);
  });

  test("a person can have the next one tried at once, also over a restart", async () => {
    const { worker, hold, started, repository, end } = await afterFirst(usageLimit("in 1 hour"), "a", "b", "c");
    expect(hold.resume("login")).toBeUndefined();
    expect(hold.resume()).toMatchObject({ reason: "quota", jobId: "a" });
    worker.wake();
    await settle();
    expect(started).toEqual(["a", "b"]);
    expect(repository.find("a")?.retryAt).toBeNull();
    expect(hold.resume()).toBeUndefined();
    end(usageLimit("in 1 hour"));
    await settle();
    expect(started).toEqual(["a", "b"]);
  });

  test("a clock set back does not prolong the wait beyond one trial", async () => {
    const { folder, database, worker } = await afterFirst(usageLimit("at Mar 9th, 2026 2:50 PM"), "a", "b", "c");
    await worker.stop();
    database.close();

    const { started, ...after } = setUp(folder, createTestClock("2026-02-20T00:00:00Z"));
    await begin(after.worker);
    expect(started).toEqual(["b"]);
    after.end(usageLimit("in 1 hour"));
    await settle();
    expect(after.hold.current()?.retryAt).toBe("2026-02-20T01:00:00Z");
    expect(started).toEqual(["b"]);
  });

  test("a clock set forward ends the wait", async () => {
    const { folder, database, worker } = await afterFirst(usageLimit("at 2:50 PM"), "a", "b");
    await worker.stop();
    database.close();
    const after = setUp(folder, createTestClock("2026-03-02T00:00:00Z"));
    await begin(after.worker);
    expect(after.started).toEqual(["b"]);
  });

  test("memory is waited for when the time has come", async () => {
    const { clock, started, repository, setAvailableMib } = await afterFirst(usageLimit("in 1 hour"), "a", "b");
    setAvailableMib(400);
    await clock.advance(HOUR_MS);
    expect(started).toEqual(["a"]);
    expect(repository.find("b")).toMatchObject({ state: "queued", waitingReason: "memory" });
    setAvailableMib(600);
    await clock.advance(5000);
    expect(started).toEqual(["a", "b"]);
  });

  test("a stop does not wait for it", async () => {
    const { worker, clock, stateOf } = await afterFirst(usageLimit("in 1 hour"), "a", "b");
    await worker.stop();
    expect(stateOf("b")).toBe("queued");
    expect(clock.pendingTimers()).toBe(0);
  });

  test("a clock that is set back does not prolong the wait", async () => {
    const { clock, started } = await afterFirst(usageLimit("in 1 hour"), "a", "b");
    await clock.advance(40 * 60_000);
    clock.jump(-30 * 60_000);
    await clock.advance(15 * 60_000);
    expect(started).toEqual(["a"]);
    await clock.advance(6 * 60_000);
    expect(started).toEqual(["a", "b"]);
  });

  test("retention keeps the run that decides the hold", async () => {
    const { clock, repository } = await afterFirst(usageLimit("at Mar 9th, 2026 2:50 PM"), "a", "b", "c");
    // The newest change is kept anyway.
    repository.finishQueued("c", canceled(clock.now()));
    const now = new Date("2026-03-20T00:00:00Z");
    expect(repository.deleteOld({ days: 1, maxJobs: 9, now })).toEqual([]);
    repository.start("b", started(clock.now()));
    repository.finishRunning("b", canceled(clock.now()));
    expect(repository.deleteOld({ days: 1, maxJobs: 9, now })).toEqual(["a", "c"]);
  });
});

test.each(["model_rate_limited", "model_unavailable", "model_request_rejected"] as const)(
  "after %s the next job runs at once",
  async (failure) => {
    const { started, repository } = await afterFirst(modelFailed(failure, "try again in 1 hour"), "a", "b");
    expect(started).toEqual(["a", "b"]);
    expect(repository.find("a")?.retryAt).toBeNull();
  },
);

describe("after a job whose login was rejected", () => {
  test("jobs wait, one is tried after the set time, and twice as late after each failure", async () => {
    const { nextAfter, clock, started, repository, hold } = await afterFirst(loginExpired, "a", "b", "c", "d");
    expect(hold.current()).toMatchObject({ reason: "login", retryAt: "2026-03-01T00:01:00Z" });
    await nextAfter(MINUTE_MS, loginExpired);
    expect(repository.find("b")?.retryAt).toBe("2026-03-01T00:03:00Z");
    await clock.advance(MINUTE_MS);
    expect(started).toEqual(["a", "b"]);
    await nextAfter(MINUTE_MS, success);
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("they go on as soon as the login is written anew", async () => {
    const { clock, started, logIn, hold } = await afterFirst(loginExpired, "a", "b");
    logIn();
    expect(hold.current()?.reason).toBe("login");
    await clock.advance(5000);
    expect(started).toEqual(["a"]);
    logIn();
    await clock.advance(5000);
    expect(started).toEqual(["a", "b"]);
  });
});
