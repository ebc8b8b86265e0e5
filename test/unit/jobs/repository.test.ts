import { afterEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@test/support/test-clock.ts";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { openDatabase } from "@/db/open.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { finished, queued, started } from "@/jobs/state.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const canceled = (at: Date) => finished(at, { code: "canceled_by_user" });

const setUp = (limits: { days: number; maxJobs: number }) => {
  const folder = mkdtempSync(join(tmpdir(), "retention-"));
  const database = openDatabase(join(folder, "state.db"));
  cleanups.push(() => rmSync(folder, { recursive: true }), database.close);
  const clock = createTestClock("2026-03-01T00:00:00Z");
  const repository = createJobRepository(database.db);
  const removed: string[] = [];
  const deleteOldJobs = () => void removed.push(...repository.deleteOld({ ...limits, now: clock.now() }));
  const add = (jobId: string, endedAt: Date | undefined) => {
    repository.enqueue(newJob(jobId, clock.now()));
    if (endedAt) repository.finishQueued(jobId, canceled(endedAt));
  };
  return { clock, repository, deleteOldJobs, removed, add };
};

const newJob = (jobId: string, at: Date) => {
  const fields = { executor: "codex", task: "t", cwd: "/", permissionLevel: "L3", allowDanger: false };
  return queued({ jobId, ...fields, resumeJobId: null, notify: null, traceId: "t", at });
};

const day = (n: number) => new Date(Date.UTC(2026, 0, n));

test("what a transition sets is stored, whichever columns it names", () => {
  const { repository } = setUp({ days: 30, maxJobs: 1000 });
  repository.enqueue({ ...newJob("a", day(1)), ...{ cpuMs: 7 } });
  const earlier = repository.enqueue(newJob("b", day(1)));
  expect(repository.start("a", { ...started(day(2)), ...{ durationMs: 8 } })).toMatchObject({
    cpuMs: 7,
    durationMs: 8,
  });
  expect(repository.start("b", started(day(2)))).toEqual({
    ...earlier,
    ...started(day(2)),
    changeSeq: (earlier.changeSeq ?? 0) + 2,
  });
});

test("a submit, a claim, the end of a run and a look at the jobs prepare no statement anew", () => {
  const { repository } = setUp({ days: 30, maxJobs: 1000 });
  const prepare = spyOn(SQLiteSyncDialect.prototype, "sqlToQuery");
  cleanups.push(() => prepare.mockRestore());
  const run = (jobId: string) => {
    const key = { key: jobId, requestHash: "h" };
    repository.findKey(key.key, day(1));
    repository.countQueued();
    repository.enqueue(newJob(jobId, day(1)), key);
    repository.nextQueued();
    repository.start(jobId, started(day(2)));
    repository.finishRunning(jobId, canceled(day(3)));
    repository.list({ limit: 10 });
    repository.lastRun();
  };
  run("a");
  expect(prepare).toHaveBeenCalled();
  prepare.mockClear();
  run("b");
  expect(prepare).not.toHaveBeenCalled();
  expect(repository.find("b")).toMatchObject({ state: "canceled", startedAt: "2026-01-02T00:00:00Z" });
});

test("finished jobs that are too old go, waiting ones stay however old they are", () => {
  const { repository, deleteOldJobs, removed, add } = setUp({ days: 30, maxJobs: 1000 });
  add("old", day(1));
  add("waiting", undefined);
  add("young", day(45));
  deleteOldJobs();
  expect(removed).toEqual(["old"]);
  expect(repository.list({ limit: 10 }).map(({ job }) => job.jobId)).toEqual(["young", "waiting"]);
});

test("the newest change stays, so that the feed never goes back", () => {
  const { repository, deleteOldJobs, add } = setUp({ days: 30, maxJobs: 1000 });
  add("a", day(1));
  add("b", day(1));
  const cursor = repository.find("b")?.changeSeq ?? 0;
  deleteOldJobs();
  expect(repository.list({ limit: 10 }).map(({ job }) => job.jobId)).toEqual(["b"]);
  add("c", undefined);
  expect(repository.changedSince(cursor, 10).map((job) => job.jobId)).toEqual(["c"]);
});

test("a job stays as long as its idempotency key, so that a repeated submit finds it", async () => {
  const { clock, repository, deleteOldJobs, removed } = setUp({ days: 30, maxJobs: 1 });
  repository.enqueue(newJob("keyed", clock.now()), { key: "k", requestHash: "h" });
  repository.finishQueued("keyed", canceled(day(1)));
  for (const jobId of ["a", "b"]) {
    repository.enqueue(newJob(jobId, clock.now()));
    repository.finishQueued(jobId, canceled(clock.now()));
  }
  deleteOldJobs();
  expect(removed).toEqual(["a"]);
  await clock.advance(24 * 3_600_000 + 1000);
  deleteOldJobs();
  expect(removed).toEqual(["a", "keyed"]);
});

test("jobs that wait push no finished one out", () => {
  const { deleteOldJobs, removed, add } = setUp({ days: 30, maxJobs: 2 });
  add("a", day(50));
  add("b", day(50));
  for (let n = 0; n < 10; n++) add(`waiting-${n}`, undefined);
  deleteOldJobs();
  expect(removed).toEqual([]);
});

test("many are deleted over several runs, so that none takes long", () => {
  const { repository, deleteOldJobs, removed, add } = setUp({ days: 30, maxJobs: 5 });
  for (let n = 0; n < 150; n++) add(String(n), day(50));
  deleteOldJobs();
  expect(removed).toHaveLength(100);
  deleteOldJobs();
  expect(removed).toHaveLength(145);
  expect(repository.list({ limit: 200 })).toHaveLength(5);
});
