import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import { openDatabase } from "@/db/open.ts";

const folder = mkdtempSync(join(tmpdir(), "old-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LOOSE_JOBS =
  "CREATE TABLE executor_jobs (job_id TEXT, state TEXT, executor TEXT, task TEXT, cwd TEXT, permission_level TEXT, allow_danger INTEGER, created_at TEXT, started_at TEXT, finished_at TEXT, result_text TEXT, error_code TEXT, error TEXT, trace_id TEXT)";
const AT = "2026-02-13T00:00:00Z";
const job = {
  job_id: "0123456789abcdef",
  state: "succeeded",
  executor: "codex",
  task: "task",
  cwd: "/root",
  permission_level: "L3",
  allow_danger: 0,
  created_at: AT,
  started_at: AT,
  finished_at: AT,
  result_text: "result",
  error_code: "",
  error: "",
  trace_id: "trace",
};

/** A predecessor's file that some other program has rebuilt without any constraint. */
const createLoose = (path: string, ...rows: Partial<Record<keyof typeof job, unknown>>[]): void => {
  createPredecessorDatabase(path);
  const database = new Database(path);
  database.run("DROP TABLE executor_jobs");
  database.run(LOOSE_JOBS);
  const insert = database.query(`INSERT INTO executor_jobs VALUES (${Object.keys(job).map(() => "?")})`);
  for (const row of rows) insert.run(...(Object.values({ ...job, ...row }) as string[]));
  database.close();
};

const adopt = (...rows: Parameters<typeof createLoose>[1][]) => {
  const path = join(mkdtempSync(join(folder, "case-")), "state.db");
  createLoose(path, ...rows);
  const { savedCopy, close } = openDatabase(path);
  close();
  const read = (file: string) => new Database(file).query<typeof job, []>("SELECT * FROM executor_jobs").all();
  expect(inspectDatabase(path).kind).toBe("ours");
  expect(savedCopy && read(savedCopy)).toHaveLength(rows.length);
  return read(path);
};

describe("a row that the constraints would reject is adopted", () => {
  test.each([
    ["an unknown state", "paused", "paused"],
    ["another state", "unheard-of", "unheard-of"],
    ["a statement for a state", "'; DROP TABLE executor_jobs; --", "?"],
    ["a secret for a state", "sk-proj-0123456789abcdef0123456789", "?"],
    ["a long state", "x".repeat(100_000), "x".repeat(20)],
    ["an empty state", "", ""],
    ["no state", null, ""],
    ["a number for a state", 7, "?"],
    ["bytes for a state", Buffer.from([0xff, 0xfe, 0x00]), "?"],
  ])("with %s, as failed, with what it was", (_name, state, shown) => {
    expect(adopt({ state, finished_at: null })).toMatchObject([
      {
        job_id: job.job_id,
        task: "task",
        state: "failed",
        finished_at: AT,
        error_code: "state_unknown",
        error: `升级前的数据库里，它的状态“${shown}”无法识别`,
      },
    ]);
  });

  test("with the error that it had", () => {
    expect(adopt({ state: "lost", error: "disk on fire" })).toMatchObject([
      { error: "升级前的数据库里，它的状态“lost”无法识别：disk on fire" },
    ]);
  });

  test.each([
    [" Succeeded ", "succeeded"],
    ["FAILED", "failed"],
    ["cancelled", "canceled"],
    ["Queued", "queued"],
  ])("with the state %p, which differs in its letters only", (state, known) => {
    expect(adopt({ state })).toMatchObject([{ state: known, error_code: "" }]);
  });

  test("with NULL in every column but the id", () => {
    const nothing = Object.fromEntries(Object.keys(job).map((column) => [column, null]));
    expect(adopt({ ...nothing, job_id: "a" })).toMatchObject([
      { job_id: "a", state: "failed", task: "", allow_danger: 0, created_at: "1970-01-01T00:00:00Z", trace_id: "" },
    ]);
  });

  test("with an id that is missing, used twice or a path, under another id", () => {
    const rows = adopt(
      { job_id: null, task: "1" },
      { job_id: null, task: "2" },
      { job_id: "", task: "3" },
      { job_id: "../../etc/passwd", task: "4" },
      { job_id: "twice", task: "5" },
      { job_id: "twice", task: "6" },
      { job_id: Buffer.from("twice"), task: "7" },
    );
    expect(rows.map(({ task }) => task)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    expect(rows.filter((row) => /^[0-9a-f]{16}$/.test(row.job_id))).toHaveLength(6);
    expect(rows.at(-1)?.job_id).toBe("twice");
  });

  test.each([
    ["succeeded", null, null, AT, AT],
    ["running", null, AT, AT, null],
    ["queued", AT, AT, null, null],
    ["failed", "", "", null, AT],
    ["failed", "1770000000", "1770000001.5", "2026-02-02T02:40:00Z", "2026-02-02T02:40:01Z"],
    ["failed", "2026-02-13 08:00:00+08:00", "yesterday", AT, AT],
  ])("%s, started at %p and finished at %p", (state, started_at, finished_at, started, finished) => {
    const [row] = adopt({ state, started_at, finished_at });
    expect(row).toMatchObject({ state, finished_at: finished });
    if (state !== "succeeded") expect(row).toMatchObject({ started_at: started });
  });

  test.each([
    ["task", Buffer.from("bytes"), "bytes"],
    ["task", 42, "42"],
    ["allow_danger", "true", 1],
    ["allow_danger", "perhaps", 0],
    ["created_at", 1770000000, "2026-02-02T02:40:00Z"],
    ["created_at", "2026-99-99T00:00:00Z", "1970-01-01T00:00:00Z"],
    ["result_text", Buffer.from([0x68, 0x69]), "hi"],
  ])("with another type in %s", (column, value, read) => {
    expect(adopt({ [column]: value })).toMatchObject([{ [column]: read }]);
  });
});

test("the service shows such rows, on every page and in the API", async () => {
  const root = newRoot();
  mkdirSync(join(root, "data"));
  const path = join(root, "data/backend_state.db");
  createLoose(path, { state: "paused" }, { job_id: null, state: null, created_at: null }, { task: Buffer.from("x") });
  const database = new Database(path);
  for (const table of ["model_snapshots", "sync_events"]) database.run(`DROP TABLE ${table}`);
  database.run(
    "CREATE TABLE model_snapshots (id INTEGER PRIMARY KEY, provider_id, model, provider_type, base_url, imported_at, source, trace_id)",
  );
  database.run("INSERT INTO model_snapshots (provider_id) VALUES (NULL), (x'ff'), (7)");
  database.run("CREATE TABLE sync_events (id INTEGER PRIMARY KEY, imported_at, source, provider_count, trace_id)");
  database.run("INSERT INTO sync_events (provider_count) VALUES (NULL), ('many')");
  database.close();

  const app = createTestApp({ root });
  await app.container.start();
  const headers = { cookie: await app.logIn() };
  const pageOf = (page: string) => app.request(page, { headers });

  const listed = await readJson(await app.api("/executor/jobs"));
  expect(listed.jobs.map((one: { state: string }) => one.state)).toEqual(["succeeded", "failed", "failed"]);
  for (const { job_id } of listed.jobs) {
    expect((await pageOf(`/web/jobs/${job_id}`)).status).toBe(200);
  }
  for (const page of ["/web/status", "/web/models", "/web/jobs"]) expect((await pageOf(page)).status).toBe(200);
  expect((await app.api("/models")).status).toBe(200);
  const english = await pageOf(`/web/jobs/${listed.jobs[2].job_id}?lang=en`);
  expect(await english.text()).toContain("它的状态“paused”无法识别");
});
