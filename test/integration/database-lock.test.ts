import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { createTestApp, readJson } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";

const body = { task: "once", cwd: "/tmp" };

const lockedApp = async (env: Record<string, string> = {}) => {
  const clock = createTestClock();
  const app = createTestApp({ clock, env });
  const other = new Database(app.config.dbPath);
  onTestEnd(() => other.close());
  return { ...app, clock, lock: () => other.run("BEGIN IMMEDIATE"), unlock: () => other.run("ROLLBACK") };
};

/** Moves time on until all are answered: a body may be read in a thread, so that its request begins to wait late. */
const answered = async (clock: TestClock, requests: readonly Promise<Response>[]): Promise<Response[]> => {
  let isDone = false;
  const answers = Promise.all(requests).finally(() => {
    isDone = true;
  });
  while (!isDone) await clock.advance(500);
  return answers;
};

/** Lets requests come as far as they can. */
const turns = async (count = 50) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

test("requests that write wait outside the event loop, and are stored once when the lock ends", async () => {
  const { api, clock, request, lock, unlock } = await lockedApp();
  lock();
  const startedAt = performance.now();
  const submits = Array.from({ length: 50 }, (_, n) =>
    api("/executor/jobs", body, { headers: { "idempotency-key": `k-${n % 25}` } }),
  );
  await turns();
  await clock.advance(2000);
  expect((await request("/healthz")).status).toBe(200);
  expect((await request("/readyz")).status).not.toBe(500);
  expect((await api("/executor/jobs")).status).toBe(200);
  // One wait within SQLite would take as long.
  expect(performance.now() - startedAt).toBeLessThan(5000);
  unlock();
  const answers = await answered(clock, submits);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect((await readJson(await api("/executor/jobs?limit=200"))).jobs).toHaveLength(25);
});

test("they answer 503 with Retry-After when it does not end", async () => {
  const { api, clock, browserPost, lock, unlock } = await lockedApp();
  const jobId = (await readJson(await api("/executor/jobs", body))).job_id;
  lock();
  const submit = api("/executor/jobs", body);
  const cancel = api(`/executor/jobs/${jobId}/cancel`, "");
  const models = api("/models/import-astr", { providers: [{ id: "a", model: "m" }] });
  const page = browserPost(`/web/jobs/${jobId}/cancel`);
  for (const answer of await answered(clock, [submit, cancel, models])) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await readJson(answer)).toMatchObject({ ok: false, error_code: "database_unavailable" });
  }
  expect((await answered(clock, [page])).map(({ status }) => status)).toEqual([503]);
  unlock();
  expect((await readJson(await api("/executor/jobs"))).jobs).toMatchObject([{ job_id: jobId, state: "queued" }]);
});

test("a running job can be canceled, and its end is stored when the lock ends", async () => {
  const app = await lockedApp({ EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" });
  await app.container.worker.start();
  const jobId = await app.submit({ task: "sleep" });
  await app.untilJob(jobId, "running");
  app.lock();
  const answer = await app.api(`/executor/jobs/${jobId}/cancel`, "");
  expect([answer.status, (await readJson(answer)).job.state]).toEqual([200, "running"]);
  app.unlock();
  while ((await app.job(jobId)).state !== "canceled") await app.clock.advance(1000);
});

test("invalid requests are answered at once", async () => {
  const { api, lock } = await lockedApp();
  lock();
  expect((await api("/executor/jobs", { task: "" })).status).toBe(400);
  expect((await api("/executor/jobs/nope/cancel", "")).status).toBe(404);
});
