import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { type OpenDatabase, openDatabase } from "@/db/open.ts";
import type { CrashedJob } from "@/executor/descendants.ts";
import type { Executor, RunOutcome, StopReason } from "@/executor/run.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import { createJobEvents } from "@/jobs/events.ts";
import { createQueueHold } from "@/jobs/hold.ts";
import { createJournals } from "@/jobs/journal.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { canceled, failed, queued, succeeded } from "@/jobs/state.ts";
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
    sandboxFailed: false,
    exitCode: 0,
    signal: null,
    durationMs: 5,
    peakMemoryKib: 2048,
    cpuMs: 3,
  },
};
const success: RunOutcome = { ...ended, kind: "succeeded", resultText: "done" };

/** An executor that runs nothing: a test says when and how each run ends. */
const createFakeExecutor = () => {
  const started: string[] = [];
  const stops: StopReason[] = [];
  let end: (outcome: RunOutcome) => void = () => {};
  const executor: Executor = {
    start({ jobId }) {
      started.push(jobId);
      const run = Promise.withResolvers<RunOutcome>();
      end = run.resolve;
      return {
        kind: "started",
        process: { pid: 4_000_000, identity: "boot/1", cgroupPath: "/cgroup/job" },
        stop: (reason) => {
          stops.push(reason);
          run.resolve({ ...ended, kind: "stopped", reason });
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
    timing: { timeoutMs: 180_000, stallMs: 60_000, memoryWaitMs: 600_000, shutdownGraceMs: 1000 },
    clock,
    logger: silentLogger,
  });
  const enqueue = (jobId: string) =>
    repository.enqueue(
      queued({
        jobId,
        executor: "codex",
        task: "t",
        cwd: "/",
        permissionLevel: "L3",
        allowDanger: false,
        resumeJobId: null,
        traceId: "t",
        at: clock.now(),
      }),
    );
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }), database.close);
  const stateOf = (jobId: string) => repository.find(jobId)?.state;
  return {
    folder,
    database,
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

    expect(after.orphaned).toEqual([{ jobId: "a", pid: 4_000_000, identity: "boot/1", cgroupPath: "/cgroup/job" }]);
    expect(after.repository.find("a")).toMatchObject({ state: "failed", errorCode: "interrupted", pid: null });
    expect(after.started).toEqual(["b"]);
    expect(after.records[0]).toMatchObject({ status: "failed", errorCode: "interrupted", reason: "executor_recovery" });
  });
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

    expect(stops).toEqual(["shut_down"]);
    expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "interrupted" });
    expect(stateOf("b")).toBe("queued");
  });
});

const ends: [outcome: RunOutcome, expected: object][] = [
  [
    { ...ended, kind: "failed", failure: "model_auth_failed", message: "status 401", exit: 1, resultText: "" },
    { state: "failed", errorCode: "model_auth_failed", error: expect.stringContaining("codex exit code=1") },
  ],
  [
    { ...ended, kind: "stopped", reason: "stalled" },
    { state: "failed", errorCode: "executor_stalled" },
  ],
  [
    { ...ended, kind: "stopped", reason: "memory_pressure" },
    { state: "failed", errorCode: "memory_pressure" },
  ],
  [success, { state: "succeeded", resultText: "done", errorCode: "" }],
  [
    { ...ended, kind: "failed", failure: "executor_nonzero_exit", exit: -9, resultText: "out" },
    { state: "failed", errorCode: "executor_nonzero_exit", error: "codex exit code=-9", resultText: "out" },
  ],
  [
    { ...ended, kind: "stopped", reason: "timed_out" },
    { state: "failed", errorCode: "executor_timeout", resultText: "" },
  ],
  [
    { ...ended, kind: "stopped", reason: "canceled" },
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
  expect(repository.finishRunning("a", succeeded(at, "x", ended.figures))?.state).toBe("succeeded");
  expect(repository.finishRunning("a", failed(at, { code: "interrupted" }))).toBeUndefined();
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
