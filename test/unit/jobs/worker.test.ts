import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@test/support/test-clock.ts";
import { type OpenDatabase, openDatabase } from "@/db/client.ts";
import type { Executor, RunOutcome, StopReason } from "@/executor/codex.ts";
import type { Leftover } from "@/executor/leftovers.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { queued } from "@/jobs/state.ts";
import { createWorker } from "@/jobs/worker.ts";
import { silentLogger } from "@/logger.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const ended = { threadId: undefined, usage: undefined };
const success: RunOutcome = { kind: "succeeded", resultText: "done", ...ended };

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
        process: { pid: 4_000_000, identity: "boot/1" },
        stop: (reason) => {
          stops.push(reason);
          run.resolve({ kind: "stopped", reason, ...ended });
        },
        ended: run.promise,
      };
    },
  };
  return { executor, started, stops, end: (outcome: RunOutcome) => end(outcome) };
};

const setUp = (folder = mkdtempSync(join(tmpdir(), "worker-"))) => {
  const database: OpenDatabase = openDatabase(join(folder, "state.db"));
  const clock = createTestClock();
  const repository = createJobRepository(database.db);
  const fake = createFakeExecutor();
  const leftovers: Leftover[] = [];
  const records: { status: string; reason: string; errorCode?: string }[] = [];
  const worker = createWorker({
    repository,
    executor: fake.executor,
    endLeftover: async (leftover) => void leftovers.push(leftover),
    timeoutMs: 180_000,
    audit: {
      record: (event) => void records.push(event),
      view: () => ({ ok: true, failed_writes: 0, last_error: "" }),
    },
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
        traceId: "t",
        at: clock.now(),
      }),
    );
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }), database.close);
  const stateOf = (jobId: string) => repository.find(jobId)?.state;
  return { folder, database, clock, repository, worker, enqueue, stateOf, leftovers, records, ...fake };
};

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("jobs run one at a time, in the order they came", async () => {
  const { worker, enqueue, started, end, stateOf } = setUp();
  for (const id of ["c", "a", "b"]) enqueue(id);

  await worker.start();
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
  await worker.start();
  enqueue("a");
  worker.wake();
  await settle();
  end(success);
  enqueue("b");
  worker.wake();
  await settle();
  expect(started).toEqual(["a", "b"]);
});

describe("after a crash", () => {
  test("a job found running is ended as interrupted with what it left behind, and is not run again", async () => {
    const before = setUp();
    before.enqueue("a");
    before.enqueue("b");
    await before.worker.start();
    before.database.close();

    const after = setUp(before.folder);
    await after.worker.start();

    expect(after.leftovers).toEqual([{ jobId: "a", pid: 4_000_000, identity: "boot/1" }]);
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
    await worker.start();
    database.db.$client.run(
      "CREATE TRIGGER full BEFORE UPDATE ON executor_jobs BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    end(success);
    await clock.advance(5000);
    expect(stateOf("a")).toBe("running");

    database.db.$client.run("DROP TRIGGER full");
    await clock.advance(1000);

    expect(stateOf("a")).toBe("succeeded");
    expect(started).toEqual(["a", "b"]);
  });
});

describe("stopping the service", () => {
  test("ends the running job as interrupted and leaves the waiting one waiting", async () => {
    const { worker, enqueue, stops, repository, stateOf } = setUp();
    enqueue("a");
    enqueue("b");
    await worker.start();

    await worker.stop();

    expect(stops).toEqual(["shut_down"]);
    expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "interrupted" });
    expect(stateOf("b")).toBe("queued");
  });
});

const ends: [outcome: RunOutcome, expected: object][] = [
  [success, { state: "succeeded", resultText: "done", errorCode: "" }],
  [
    { kind: "exited_nonzero", exit: -9, resultText: "out", ...ended },
    { state: "failed", errorCode: "executor_nonzero_exit", error: "codex exit code=-9", resultText: "out" },
  ],
  [
    { kind: "stopped", reason: "timed_out", ...ended },
    { state: "failed", errorCode: "executor_timeout", resultText: "" },
  ],
  [
    { kind: "stopped", reason: "canceled", ...ended },
    { state: "canceled", errorCode: "canceled_by_user", resultText: "" },
  ],
];
test.each(ends)("a run that ended as %j is recorded as %j", async (outcome, expected) => {
  const { worker, enqueue, end, repository } = setUp();
  enqueue("a");
  await worker.start();
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
  await worker.start();
  await settle();
  expect(repository.find("a")).toMatchObject({ state: "failed", errorCode: "internal_error" });
  expect(stateOf("b")).toBe("running");
  expect(records[0]).toMatchObject({ reason: "executor_worker_exception", errorCode: "internal_error" });
});

test("a finished job cannot be finished again", () => {
  const { repository, enqueue, clock } = setUp();
  enqueue("a");
  repository.claimNext({ state: "running", startedAt: "now" });
  const end = { finishedAt: "t", resultText: "", errorCode: "", error: "", threadId: null, usage: null } as const;
  expect(repository.finishRunning("a", { ...end, state: "succeeded" })?.state).toBe("succeeded");
  expect(repository.finishRunning("a", { ...end, state: "failed" })).toBeUndefined();
  expect(repository.cancelQueued("a", { ...end, state: "canceled" })).toBeUndefined();
  expect(clock.pendingTimers()).toBe(0);
});
