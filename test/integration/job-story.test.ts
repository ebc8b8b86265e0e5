import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createMemoryGate } from "@/gates/memory.ts";

const stream = { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream") };
const zoo = { EXECUTOR_CODEX_BIN: fixture("bin/zoo"), EXECUTOR_KILL_GRACE_SECONDS: "0" };

const started = async (options?: Parameters<typeof createTestApp>[0]) => {
  const app = createTestApp(options);
  await app.container.worker.start();
  return app;
};

interface ServerEvent {
  id: string | undefined;
  event: string | undefined;
  data: Record<string, unknown>;
}

const parseEvents = (text: string): ServerEvent[] =>
  text
    .split("\n\n")
    .filter((block) => block.includes("data:"))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      return { id: field("id"), event: field("event"), data: JSON.parse(field("data") ?? "{}") };
    });

describe("the event stream of a job", () => {
  test("replays a finished run, and ends", async () => {
    const app = await started({ env: stream });
    const jobId = await app.submit({ task: "codex-0.169.0-shell" });
    await app.untilEnded(jobId);

    const response = await app.api(`/executor/jobs/${jobId}/events`);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = parseEvents(await response.text());
    expect(events.map(({ event }) => event)).toEqual([
      "state",
      "state",
      "thread",
      "warning",
      "command_started",
      "command_finished",
      "message",
      "usage",
      "state",
      "end",
    ]);
    expect(events.map(({ id }) => id)).toEqual([..."123456789", undefined]);
    expect(events[5]?.data).toMatchObject({ exit_code: 3, command: expect.stringContaining("echo hi") });
    expect(events[8]?.data).toMatchObject({ state: "succeeded" });
  });

  test("goes on after the event that was seen last", async () => {
    const app = await started({ env: stream });
    const jobId = await app.submit({ task: "codex-0.169.0-simple" });
    await app.untilEnded(jobId);
    const response = await app.api(`/executor/jobs/${jobId}/events`, undefined, { headers: { "last-event-id": "5" } });
    expect(parseEvents(await response.text()).map(({ event }) => event)).toEqual(["usage", "state", "end"]);
  });

  test("ends for a reader who takes its events only once the job has ended", async () => {
    const app = await started({ env: zoo });
    const jobId = await app.submit({ task: "sleep" });
    await app.untilJob(jobId, "running");
    const response = await app.api(`/executor/jobs/${jobId}/events`);

    await app.api(`/executor/jobs/${jobId}/cancel`, "");
    await app.untilEnded(jobId);

    expect(parseEvents(await response.text()).at(-1)).toMatchObject({ event: "end", data: { state: "canceled" } });
    expect(app.container.listeners()).toBe(0);
  });

  test("tells what happens while it happens, and costs nothing once its reader has gone", async () => {
    const app = await started({ env: zoo });
    const jobId = await app.submit({ task: "sleep" });
    const gone = new AbortController();
    const response = await app.api(`/executor/jobs/${jobId}/events`, undefined, { signal: gone.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    while (!seen.includes('"text":"ready"')) seen += (await reader?.read())?.value ?? "";
    expect((await app.job(jobId)).state).toBe("running");

    await reader?.cancel();
    expect(app.container.listeners()).toBe(0);
  });

  test("tells its reader of the interruption when the service stops, and ends", async () => {
    const app = await started({ env: zoo });
    const jobId = await app.submit({ task: "sleep" });
    await app.untilJob(jobId, "running");
    const response = await app.api(`/executor/jobs/${jobId}/events`);
    const text = response.text();
    await app.container.stopWork();
    const events = parseEvents(await text).slice(-2);
    expect(events.map(({ event }) => event)).toEqual(["state", "end"]);
    expect(events[0]?.data).toMatchObject({ state: "failed", error_code: "interrupted" });
  });

  test("masks what looks like a secret", async () => {
    const app = await started({ env: zoo });
    const jobId = await app.submit({ task: "secret" });
    await app.untilEnded(jobId);
    const text = await (await app.api(`/executor/jobs/${jobId}/events`)).text();
    expect(text).toContain("OPENAI_API_KEY=********");
    expect(text).not.toMatch(/sk-abc|hunter2/);
    const folder = join(app.root, "data/jobs");
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), "utf8")).not.toMatch(/sk-abc|hunter2/);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  test("of an unknown job is 404", async () => {
    const { api } = createTestApp();
    for (const path of ["events", "log"]) expect((await api(`/executor/jobs/nope/${path}`)).status).toBe(404);
  });

  test("survives a line that a crash cut off", async () => {
    const root = newRoot();
    const before = createTestApp({ root });
    const jobId = await before.submit({ task: "x" });
    const path = join(root, `data/jobs/${jobId}.jsonl`);
    writeFileSync(path, `${readFileSync(path, "utf8")}{"id":2,"at":"cut o`);
    await before.stop();
    const after = await started({ root });
    await after.untilEnded(jobId);
    const events = parseEvents(await (await after.api(`/executor/jobs/${jobId}/events`)).text());
    expect(events.map(({ id, data }) => [id, data.state ?? data.text])).toEqual([
      ["1", "queued"],
      ["2", "running"],
      ["3", "task: x"],
      ["4", "succeeded"],
      [undefined, "succeeded"],
    ]);
  });
});

describe("the log of a job", () => {
  test("is text, and can be read in parts", async () => {
    const app = await started({ env: stream });
    const jobId = await app.submit({ task: "codex-0.169.0-shell" });
    await app.untilEnded(jobId);
    const log = await app.api(`/executor/jobs/${jobId}/log`);
    const text = await log.text();
    expect(log.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text).toContain("exit 3: /bin/bash -lc");
    expect(text).toContain("codex: DONE after 1 tool call(s)");

    const bytes = new TextEncoder().encode(text);
    const ranges: [range: string, status: number, from: number, to: number][] = [
      ["bytes=0-9", 206, 0, 10],
      ["bytes=10-", 206, 10, bytes.length],
      ["bytes=-5", 206, bytes.length - 5, bytes.length],
      ["bytes=5-999999", 206, 5, bytes.length],
      ["lines=1-2", 200, 0, bytes.length],
    ];
    for (const [range, status, from, to] of ranges) {
      const part = await app.api(`/executor/jobs/${jobId}/log`, undefined, { headers: { range } });
      expect([range, part.status]).toEqual([range, status]);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(from, to));
    }
    const beyond = await app.api(`/executor/jobs/${jobId}/log`, undefined, { headers: { range: "bytes=999999-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`]);
  });
});

describe("waiting for a job", () => {
  test("answers as soon as it has ended", async () => {
    const app = createTestApp();
    const jobId = await app.submit({ task: "x" });
    const answer = app.api(`/executor/jobs/${jobId}?wait=30`);
    await app.container.worker.start();
    expect((await readJson(await answer)).job.state).toBe("succeeded");
    expect(app.container.listeners()).toBe(0);
  });

  test("answers what there is when the time is over", async () => {
    const clock = createTestClock();
    const app = createTestApp({ clock });
    const jobId = await app.submit({ task: "x" });
    const answer = app.api(`/executor/jobs/${jobId}?wait=30`);
    await clock.advance(30_000);
    expect((await readJson(await answer)).job.state).toBe("queued");
    expect(app.container.listeners()).toBe(0);
  });

  test.each(["31", "-1", "soon"])("takes no %j", async (wait) => {
    const app = createTestApp();
    const jobId = await app.submit({ task: "x" });
    const response = await app.api(`/executor/jobs/${jobId}?wait=${wait}`);
    expect([response.status, (await readJson(response)).error_code]).toEqual([422, "invalid_request"]);
  });
});

describe("the list of jobs", () => {
  test("is newest first, in pages that new jobs do not shift", async () => {
    const app = createTestApp();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await app.submit({ task: String(n) }));
    const page = async (query: string) => readJson(await app.api(`/executor/jobs?limit=2${query}`));
    const idsOf = ({ jobs }: { jobs: { job_id: string }[] }) => jobs.map((job) => job.job_id);

    const first = await page("");
    await app.submit({ task: "new" });
    const second = await page(`&cursor=${first.next_cursor}`);
    const third = await page(`&cursor=${second.next_cursor}`);
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(ids);
    expect(third.next_cursor).toBeNull();
  });

  test("has fewer rows at a time if their texts are long, and so has the feed, but misses none", async () => {
    const app = createTestApp({ env: { EXECUTOR_MAX_TASK_CHARS: "200000" } });
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await app.submit({ task: "界".repeat(150_000) }));
    const read = async (query: string) => {
      const answer = await app.api(`/executor/jobs?limit=200&${query}`);
      const text = await answer.text();
      expect(Buffer.byteLength(text)).toBeLessThan(8 * 1024 * 1024);
      return JSON.parse(text);
    };
    const pages = async (name: "cursor" | "since", next: "next_cursor" | "next_since", first: string) => {
      const found: string[] = [];
      for (let at: string | null = first; at !== null; ) {
        const page = await read(at === "" ? "" : `${name}=${at}`);
        found.push(...page.jobs.map((job: { job_id: string }) => job.job_id));
        at = page.jobs.length === 0 ? null : page[next];
      }
      return found;
    };
    expect(await pages("cursor", "next_cursor", "")).toEqual(ids.toReversed());
    expect(await pages("since", "next_since", "0")).toEqual(ids);
  });

  test("can be narrowed to a state", async () => {
    const app = createTestApp();
    const canceled = await app.submit({ task: "a" });
    await app.submit({ task: "b" });
    await app.api(`/executor/jobs/${canceled}/cancel`, "");
    const { jobs } = await readJson(await app.api("/executor/jobs?state=canceled"));
    expect(jobs).toMatchObject([{ job_id: canceled, state: "canceled" }]);
    expect((await app.api("/executor/jobs?state=lost")).status).toBe(422);
  });
});

describe("the change feed", () => {
  test("misses no change, however long its reader was away", async () => {
    const app = createTestApp();
    const feed = async (since: number) => readJson(await app.api(`/executor/jobs?since=${since}`));
    const a = await app.submit({ task: "a" });
    const b = await app.submit({ task: "b" });
    const first = await feed(0);
    expect(first.jobs.map((job: { job_id: string }) => job.job_id)).toEqual([a, b]);
    expect(await feed(first.next_since)).toMatchObject({ jobs: [], next_since: first.next_since });

    await app.container.worker.start();
    await app.untilEnded(b);
    const second = await feed(first.next_since);
    expect(second.jobs).toMatchObject([
      { job_id: a, state: "succeeded" },
      { job_id: b, state: "succeeded" },
    ]);
    expect(second.next_since).toBeGreaterThan(first.next_since);
  });

  test("tells of an end as of a start", async () => {
    const app = createTestApp();
    const jobId = await app.submit({ task: "a" });
    const { next_since } = await readJson(await app.api("/executor/jobs?since=0"));
    await app.api(`/executor/jobs/${jobId}/cancel`, "");
    const { jobs } = await readJson(await app.api(`/executor/jobs?since=${next_since}`));
    expect(jobs).toMatchObject([{ job_id: jobId, state: "canceled" }]);
  });
});

describe("a position that no longer exists", () => {
  test("in the change feed starts it over, and says so", async () => {
    const app = createTestApp();
    const feed = async (since: number) => readJson(await app.api(`/executor/jobs?since=${since}`));
    expect(await feed(1000)).toMatchObject({ jobs: [], next_since: 0, reset: true });
    const jobId = await app.submit({ task: "a" });
    const again = await feed(1000);
    expect(again).toMatchObject({ jobs: [{ job_id: jobId }], reset: true });
    expect(await feed(again.next_since)).toMatchObject({ jobs: [], next_since: again.next_since, reset: false });
  });

  test("in the events of a job replays them all", async () => {
    const app = await started({ env: stream });
    const jobId = await app.submit({ task: "codex-0.169.0-shell" });
    await app.untilEnded(jobId);
    const response = await app.api(`/executor/jobs/${jobId}/events`, undefined, { headers: { "last-event-id": "99" } });
    expect(parseEvents(await response.text()).map(({ id }) => id)).toEqual([..."123456789", undefined]);
  });
});

describe("an idempotent submit", () => {
  const body = { task: "once", cwd: "/tmp" };
  const key = (value: string) => ({ headers: { "idempotency-key": value } });

  test("makes one job of two same requests, and says so", async () => {
    const { api } = createTestApp();
    const first = await api("/executor/jobs", body, key("k-1"));
    const second = await api("/executor/jobs", { cwd: "/tmp", task: " once " }, key("k-1"));
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([first.headers.get("idempotent-replay"), second.headers.get("idempotent-replay")]).toEqual([null, "true"]);
    expect((await readJson(second)).job_id).toBe((await readJson(first)).job_id);
    expect((await readJson(await api("/executor/jobs"))).jobs).toHaveLength(1);
  });

  test("refuses the key for another request", async () => {
    const { api } = createTestApp();
    await api("/executor/jobs", body, key("k-1"));
    const response = await api("/executor/jobs", { ...body, task: "other" }, key("k-1"));
    expect([response.status, (await readJson(response)).error_code]).toEqual([409, "idempotency_conflict"]);
  });

  test("is answered even while memory is short", async () => {
    let availableKib = 4_000_000;
    const { api } = createTestApp({ memoryGate: createMemoryGate(() => availableKib) });
    await api("/executor/jobs", body, key("k-1"));
    availableKib = 100_000;
    expect((await api("/executor/jobs", body, key("k-1"))).status).toBe(200);
    expect((await api("/executor/jobs", body, key("k-2"))).status).toBe(503);
  });

  test("knows the key for a day, and not for longer", async () => {
    const clock = createTestClock();
    const { api } = createTestApp({ clock });
    const submit = async () => (await readJson(await api("/executor/jobs", body, key("k-1")))).job_id;
    const first = await submit();
    await clock.advance(24 * 3_600_000);
    expect(await submit()).toBe(first);
    await clock.advance(1000);
    expect(await submit()).not.toBe(first);
  });

  test("remembers across a restart", async () => {
    const root = newRoot();
    const before = createTestApp({ root });
    const first = await readJson(await before.api("/executor/jobs", body, key("k-1")));
    await before.stop();
    const after = createTestApp({ root });
    expect((await readJson(await after.api("/executor/jobs", body, key("k-1")))).job_id).toBe(first.job_id);
  });

  test.each([" ", "ключ", "x".repeat(256)].map((value) => [encodeURIComponent(value).slice(0, 20), value]))(
    "takes no key like %s",
    async (_name, value) => {
      const { api } = createTestApp();
      const headers = { "idempotency-key": Buffer.from(value, "utf8").toString("latin1") };
      const response = await api("/executor/jobs", body, { headers });
      expect([response.status, (await readJson(response)).error_code]).toEqual([400, "idempotency_key_invalid"]);
    },
  );
});

test("the queue has an end, and says when to come back", async () => {
  const app = createTestApp({ env: { EXECUTOR_MAX_QUEUED: "2" } });
  await app.submit({ task: "1" });
  await app.submit({ task: "2" });
  const response = await app.api("/executor/jobs", { task: "3", cwd: "/tmp" });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "30"]);
  expect(await readJson(response)).toMatchObject({ error_code: "queue_full" });
});

describe("continuing a conversation", () => {
  test("hands the thread to Codex, in the directory of the job before", async () => {
    const root = newRoot();
    const cwd = join(root, "project");
    mkdirSync(cwd);
    const app = await started({ root, env: stream });
    const first = await app.submit({ task: "codex-0.169.0-simple", cwd });
    await app.untilEnded(first);
    const second = await app.submit({ task: "arguments", resume_job_id: first });
    expect(await app.untilEnded(second)).toMatchObject({
      cwd,
      resume_job_id: first,
      result_text: expect.stringMatching(/--cd \S+project .*resume 01a204a9-1e0f-78a2-8ff0-b502c19d8e43 -$/),
    });
  });

  test("is refused when that directory is gone", async () => {
    const root = newRoot();
    const cwd = join(root, "project");
    mkdirSync(cwd);
    const app = await started({ root, env: stream });
    const first = await app.submit({ task: "codex-0.169.0-simple", cwd });
    await app.untilEnded(first);
    rmSync(cwd, { recursive: true });
    const response = await app.api("/executor/jobs", { task: "go on", resume_job_id: first });
    expect([response.status, (await readJson(response)).error_code]).toEqual([400, "invalid_cwd"]);
  });

  test("says clearly when it cannot", async () => {
    const app = await started({ env: { ...zoo } });
    const running = await app.submit({ task: "sleep" });
    await app.untilJob(running, "running");
    const code = async (resumeJobId: string) => {
      const response = await app.api("/executor/jobs", { task: "x", resume_job_id: resumeJobId });
      return [response.status, (await readJson(response)).error_code];
    };
    expect(await code("nope")).toEqual([404, "resume_job_not_found"]);
    expect(await code(running)).toEqual([409, "resume_job_unfinished"]);
    await app.api(`/executor/jobs/${running}/cancel`, "");
    await app.untilEnded(running);
    expect(await code(running)).toEqual([409, "resume_thread_missing"]);
  });
});

describe("retention", () => {
  test("also clears away at start what the settings no longer keep", async () => {
    const root = newRoot();
    const before = createTestApp({ root });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await before.submit({ task: String(n) }));
    for (const id of ids) await before.api(`/executor/jobs/${id}/cancel`, "");
    await before.stop();

    const after = createTestApp({ root, env: { JOB_RETENTION_MAX: "1" } });
    await after.container.start();
    await after.untilGone(ids[1] ?? "");
    expect((await readJson(await after.api("/executor/jobs"))).jobs).toMatchObject([{ job_id: ids[2] }]);
  });

  test("deletes finished jobs beyond the number, with their journals, and no others", async () => {
    const root = newRoot();
    const before = await started({ root });
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await before.submit({ task: String(n) }));
    await before.untilEnded(ids.at(-1) ?? "");
    await before.stop();

    const app = createTestApp({ root, env: { JOB_RETENTION_MAX: "3" } });
    await app.container.start();
    await app.untilGone(ids.at(-4) ?? "");
    const left = (await readJson(await app.api("/executor/jobs"))).jobs.map((job: { job_id: string }) => job.job_id);
    expect(left).toEqual(ids.slice(-3).reverse());
    expect(readdirSync(join(app.root, "data/jobs")).sort()).toEqual(left.map((id: string) => `${id}.jsonl`).sort());
  });
});
