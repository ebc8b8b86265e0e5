import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";

const DAY_MS = 86_400_000;
const jumps = [365, 1, -1, -365];
const body = { task: "once", cwd: "/tmp" };
const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

const appWith = async (clock: TestClock, root = newRoot()) => {
  const app = createTestApp({ clock, root });
  await app.container.start();
  const submit = async (key: string) => {
    const response = await app.api("/executor/jobs", body, keyed(key));
    return { status: response.status, jobId: (await readJson(response)).job_id as string };
  };
  const endedJob = async (key: string) => {
    const { jobId } = await submit(key);
    await app.untilEnded(jobId);
    return jobId;
  };
  const jobIds = async (): Promise<string[]> =>
    (await readJson(await app.api("/executor/jobs?limit=200"))).jobs.map((job: { job_id: string }) => job.job_id);
  return { ...app, submit, endedJob, jobIds };
};

/** Two runs of the housekeeping. */
const twoMinutes = (clock: TestClock) => clock.advance(120_000);

describe.each(jumps)("a clock that is wrong by %d days for a while", (days) => {
  test("costs no job, and every key still finds its own", async () => {
    const clock = createTestClock();
    const { endedJob, jobIds, submit, root } = await appWith(clock);
    const kept: string[] = [];
    for (let n = 0; n < 8; n++) kept.push(await endedJob(`before-${n}`));
    clock.jump(days * DAY_MS);
    await twoMinutes(clock);
    for (let n = 0; n < 8; n++) kept.push(await endedJob(`during-${n}`));
    await twoMinutes(clock);
    clock.jump(-days * DAY_MS);
    await twoMinutes(clock);
    for (let n = 0; n < 8; n++) kept.push(await endedJob(`after-${n}`));
    await twoMinutes(clock);

    expect((await jobIds()).toSorted()).toEqual(kept.toSorted());
    expect(readdirSync(join(root, "data/jobs"))).toHaveLength(kept.length);
    const keys = ["before", "during", "after"].flatMap((when) => kept.slice(0, 8).map((_, n) => `${when}-${n}`));
    for (const [index, key] of keys.entries())
      expect(await submit(key)).toEqual({ status: 200, jobId: kept[index] ?? "" });
  });

  test("and right again after a restart costs none either", async () => {
    const clock = createTestClock();
    const before = await appWith(clock);
    const kept = [await before.endedJob("a"), await before.endedJob("b")];
    clock.jump(days * DAY_MS);
    await before.stop();
    const during = await appWith(clock, before.root);
    kept.push(await during.endedJob("c"));
    await twoMinutes(clock);
    clock.jump(-days * DAY_MS);
    await during.stop();
    const after = await appWith(clock, before.root);
    await twoMinutes(clock);
    expect((await after.jobIds()).toSorted()).toEqual(kept.toSorted());
    expect((await after.submit("a")).jobId).toBe(kept[0] ?? "");
    expect((await after.submit("c")).jobId).toBe(kept[2] ?? "");
  });

  test("changes no job's course, wherever it is set", async () => {
    for (const moment of ["queued", "started", "ended"]) {
      const clock = createTestClock();
      const app = await appWith(clock);
      const { jobId } = await app.submit(moment);
      if (moment !== "queued") await app.untilJob(jobId, "running", "succeeded");
      if (moment === "ended") await app.untilEnded(jobId);
      clock.jump(days * DAY_MS);
      expect(await app.untilEnded(jobId)).toMatchObject({ state: "succeeded", error_code: "" });
      expect((await app.request("/readyz")).status).toBe(200);
      expect((await app.api("/status")).status).toBe(200);
      expect((await app.request("/web/status")).status).toBe(200);
    }
  });
});

test("jobs expire after their days of running, although the clock was wrong meanwhile", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock, env: { JOB_RETENTION_DAYS: "1" } });
  await app.container.start();
  const first = await app.submit(body);
  await app.untilEnded(first);
  const second = await app.submit(body);
  await app.untilEnded(second);
  clock.jump(-365 * DAY_MS);
  await clock.advance(DAY_MS - 3_600_000);
  expect((await app.api(`/executor/jobs/${first}`)).status).toBe(200);
  await clock.advance(2 * 3_600_000);
  expect((await app.api(`/executor/jobs/${first}`)).status).toBe(404);
});

test("a key whose job is gone makes a new one", async () => {
  const clock = createTestClock();
  const { api, jobIds, endedJob, submit, config } = await appWith(clock);
  const jobId = await endedJob("k");
  const { Database } = await import("bun:sqlite");
  using other = new Database(config.dbPath);
  other.run("DELETE FROM executor_jobs WHERE job_id = ?", [jobId]);
  const again = await submit("k");
  expect(again.status).toBe(200);
  expect(await jobIds()).toEqual([again.jobId]);
  other.run("DELETE FROM executor_jobs");
  expect((await api("/executor/jobs", { ...body, task: "another" }, keyed("k"))).status).toBe(200);
});
