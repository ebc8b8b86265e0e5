/**
 * `bun bench/jobs.ts [--jobs n]`: what a job costs beyond its process. The real server works through a queue of
 * programs that do nothing, and beside it, in the same run, a bare `Bun.spawn` loop starts the same program.
 * Fails when a job is lost, does not succeed or is started out of order.
 */
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fixture } from "@test/support/fixtures.ts";
import { z } from "zod";
import { createRoot } from "../test/crash/root.ts";
import { startServer } from "../test/crash/server.ts";
import { percentile } from "./processes.ts";

const PROGRAM = fixture("bin/stamp");
const POLL_MS = 20;
const WARM_UP = 50;
/** Jobs one at a time into an empty queue, as a chat sends them. */
const SINGLE = 200;
const COMMITS = 200;

const { values } = parseArgs({ options: { jobs: { type: "string", default: "1000" } } });
const jobs = Number(values.jobs);
const Submitted = z.object({ job_id: z.string() });

interface Stamp {
  name: string;
  /** Of the program's first and last statement, in milliseconds since the epoch. */
  beganMs: number;
  endedMs: number;
}

const readStamps = (path: string): Stamp[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [name = "", began, ended] = line.split(" ");
      return { name, beganMs: Number(began) * 1000, endedMs: Number(ended) * 1000 };
    });

const nowMs = () => performance.timeOrigin + performance.now();

const median = (numbers: number[]): number => percentile(numbers, 0.5);

/** From the end of each program to the beginning of the next. */
const gaps = (stamps: Stamp[]): number[] =>
  stamps.slice(1).map((stamp, index) => stamp.beganMs - (stamps[index]?.endedMs ?? 0));

/** From the call of `Bun.spawn` to the program's first statement, and from its last to the news of its exit. */
const runBare = async (root: string, count: number) => {
  const cwd = join(root, "work/bare");
  mkdirSync(cwd, { recursive: true });
  const calledMs: number[] = [];
  const exitedMs: number[] = [];
  for (let n = 0; n < count; n++) {
    calledMs.push(nowMs());
    const child = Bun.spawn([PROGRAM, "--cd", cwd], {
      stdin: new TextEncoder().encode(`b${n}`),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
    await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
    exitedMs.push(nowMs());
  }
  const stamps = readStamps(join(cwd, "stamps"));
  return {
    stamps,
    toSpawn: stamps.map(({ beganMs }, n) => beganMs - (calledMs[n] ?? 0)),
    toFinal: stamps.map(({ endedMs }, n) => (exitedMs[n] ?? 0) - endedMs),
  };
};

/** What this disk takes for one commit; a job waits for three: accepted, started, ended. */
const timeCommits = (path: string): number[] => {
  const database = new Database(path);
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = FULL");
  database.run("CREATE TABLE rows (text)");
  const insert = database.query("INSERT INTO rows VALUES ($1)");
  const took = Array.from({ length: COMMITS }, () => {
    const beganMs = nowMs();
    insert.run("x".repeat(200));
    return nowMs() - beganMs;
  });
  database.close();
  return took;
};

const { root, remove } = createRoot();
try {
  const server = startServer({
    root,
    env: { EXECUTOR_CODEX_BIN: PROGRAM, EXECUTOR_MAX_QUEUED: String(jobs), JOB_RETENTION_MAX: String(2 * jobs) },
  });
  await server.mustBeReady();
  const cwd = join(root, "work/jobs");
  mkdirSync(cwd);
  const submit = async (task: string) => {
    const answer = await server.request("/executor/jobs", { task, cwd });
    if (answer?.status !== 200) throw new Error(`a submit was answered ${answer?.status}`);
    return Submitted.parse(answer.body).job_id;
  };
  const database = new Database(join(root, "data/backend_state.db"), { readonly: true });
  const openJobs = database.query<{ count: number }, []>(
    "SELECT count(*) AS count FROM executor_jobs WHERE state IN ('queued', 'running')",
  );
  const untilEmpty = async () => {
    while ((openJobs.get()?.count ?? 0) > 0) await Bun.sleep(POLL_MS);
  };

  // From the submit to the program's first statement, and from its last to the answer that it has ended.
  const toSpawn: number[] = [];
  const toFinal: number[] = [];
  for (let n = 0; n < WARM_UP + SINGLE; n++) {
    const beganMs = nowMs();
    const jobId = await submit(`w${n}`);
    await server.request(`/executor/jobs/${jobId}?wait=30`);
    const finalMs = nowMs();
    const stamp = readStamps(join(cwd, "stamps")).at(-1);
    if (!stamp || n < WARM_UP) continue;
    toSpawn.push(stamp.beganMs - beganMs);
    toFinal.push(finalMs - stamp.endedMs);
  }

  const submitted: string[] = [];
  const beganMs = nowMs();
  for (let n = 0; n < jobs; n++) submitted.push(await submit(`j${n}`));
  const submittedMs = nowMs() - beganMs;
  await untilEmpty();
  const drainedMs = nowMs() - beganMs;
  const stored = database
    .query<{ jobId: string; state: string }, []>("SELECT job_id AS jobId, state FROM executor_jobs ORDER BY rowid")
    .all();
  database.close();
  const stamps = readStamps(join(cwd, "stamps")).filter(({ name }) => name.startsWith("j"));
  await server.stop();

  const bareBeganMs = nowMs();
  const bare = await runBare(root, jobs);
  const bareMs = nowMs() - bareBeganMs;

  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const succeeded = new Set(stored.filter(({ state }) => state === "succeeded").map(({ jobId }) => jobId));
  const lost = submitted.filter((jobId) => !succeeded.has(jobId)).length;
  const inOrder = stamps.length === jobs && stamps.every(({ name }, index) => name === `j${index}`);
  const [gap, bareGap] = [median(gaps(stamps)), median(gaps(bare.stamps))];
  console.log(`jobs                          ${jobs}, lost ${lost}, ${inOrder ? "in order" : "OUT OF ORDER"}`);
  console.log(`submit, each                  ${ms(submittedMs / jobs)}`);
  const spread = (values: number[]) =>
    `${ms(percentile(values, 0.5)).padStart(9)} ${ms(percentile(values, 0.99)).padStart(9)}`;
  console.log(`one job at a time                   p50       p99`);
  console.log(`  submit to spawn             ${spread(toSpawn)}`);
  console.log(`  spawn, bare                 ${spread(bare.toSpawn)}`);
  console.log(`  submit to spawn over bare   ${ms(median(toSpawn) - median(bare.toSpawn)).padStart(9)} (goal: 3 ms)`);
  console.log(`  one commit on this disk     ${spread(timeCommits(join(root, "commits.db")))}`);
  console.log(`  exit to final, as answered  ${spread(toFinal)}`);
  console.log(`  exit, bare                  ${spread(bare.toFinal)}`);
  console.log(`one program's end to the next one's beginning (median)`);
  console.log(`  as jobs                     ${ms(gap)}`);
  console.log(`  bare Bun.spawn loop         ${ms(bareGap)}`);
  console.log(`  ratio                       ${(gap / bareGap).toFixed(2)}`);
  console.log(`all of it, submits included   ${(drainedMs / 1000).toFixed(1)} s, bare ${(bareMs / 1000).toFixed(1)} s`);
  console.log(`  ratio                       ${(drainedMs / bareMs).toFixed(2)}`);
  console.log(lost === 0 && inOrder ? "2 passed, 0 failed" : "FAILED");
  process.exitCode = lost === 0 && inOrder ? 0 : 1;
} finally {
  remove();
}
