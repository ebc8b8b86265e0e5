/**
 * `bun run test:zoo`: programs that resist being ended, run as jobs of the real server and ended by a cancel, by
 * the timeout or by their own exit. Prints how long each took and which processes it left.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { type Gap, gapText, isTooLong, startLoopWatch } from "@test/support/loop-watch.ts";
import { z } from "zod";
import { serviceEngine } from "../../scripts/engine.ts";
import { processesIn } from "../crash/evidence.ts";
import { createRoot } from "../crash/root.ts";
import { type CrashServer, startServer } from "../crash/server.ts";

const GRACE_MS = 1000;
/** The shortest that the service accepts. */
const TIMEOUT_MS = 10_000;
/** After the grace period: to kill what is left, and to store the end. */
const MARGIN_MS = 1000;
/** The longest wait; a gibibyte may take so long. */
const DEADLINE_MS = 60_000;
const MOST_GROWTH_MIB = 8;
/** Servers that wait for a timeout at the same time. */
const AT_ONCE = 5;
const POLL_MS = 10;

const stubborn = [
  "obeys",
  "ignores-term",
  "double-fork",
  "setsid",
  "daemon",
  "bare-daemon",
  "flees-term",
  "flees-bare",
  "holds-stdout",
  "forks-200",
  "closes-stdout",
  "writes-lines",
  "no-newlines",
];
const leaving = ["leaves-child", "leaves-holder", "leaves-bare"];
const loud = ["gibibyte-lines", "gibibyte-no-newlines"];

const Submitted = z.object({ job_id: z.string() });
const Job = z.object({ job: z.object({ state: z.string(), error_code: z.string() }) });

interface Row {
  program: string;
  endedBy: string;
  state: string;
  tookMs: number;
  limitMs: number;
  left: number;
  note: string;
  passed: boolean;
}

const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error("The condition was not met in time.");
    await Bun.sleep(POLL_MS);
  }
};

/** Of each server's event loop. */
const gaps: Gap[] = [];

/** A server that gives each job a folder of its own. */
const withServer = async <Result>(
  act: (client: ZooClient) => Promise<Result>,
  timeoutMs = TIMEOUT_MS,
): Promise<Result> => {
  const { root, remove } = createRoot();
  const server = startServer({
    root,
    env: {
      // As `bun run start` runs it: how much is held during a flood depends on the collector.
      ...serviceEngine,
      EXECUTOR_CODEX_BIN: fixture("bin/stubborn"),
      EXECUTOR_KILL_GRACE_SECONDS: String(GRACE_MS / 1000),
      EXECUTOR_TIMEOUT_SECONDS: String(timeoutMs / 1000),
    },
  });
  try {
    const url = await server.mustBeReady();
    const watch = await startLoopWatch({ url, pid: server.pid });
    const result = await act(createClient(server, root, watch.note));
    gaps.push(await watch.stop());
    return result;
  } finally {
    await server.kill();
    remove();
  }
};

const createClient = (server: CrashServer, root: string, note: (label: string) => void) => {
  const look = async (jobId: string) => Job.parse((await server.request(`/executor/jobs/${jobId}`))?.body).job;
  return {
    pid: server.pid,
    async submit(program: string) {
      note(program);
      const cwd = join(root, "work", program);
      mkdirSync(cwd);
      const answer = await server.request("/executor/jobs", { task: program, cwd });
      return { jobId: Submitted.parse(answer?.body).job_id, cwd };
    },
    cancel: (jobId: string) => server.request(`/executor/jobs/${jobId}/cancel`, {}),
    untilRunning: (jobId: string) => until(async () => (await look(jobId)).state !== "queued"),
    async untilEnded(jobId: string) {
      await until(async () => !["queued", "running"].includes((await look(jobId)).state));
      const { state, error_code } = await look(jobId);
      return error_code === "" ? state : `${state}/${error_code}`;
    },
  };
};
type ZooClient = ReturnType<typeof createClient>;

const untilReady = (cwd: string) => until(() => existsSync(join(cwd, "ready")));

/** Also kills what is left, so that it does not count for the next job. */
const countLeft = (cwd: string): number => {
  const left = processesIn(cwd);
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  return left.length;
};

const toRow = (row: Omit<Row, "passed" | "note">, expectedState: string): Row => ({
  ...row,
  note: "",
  passed: row.left === 0 && row.tookMs <= row.limitMs && row.state === expectedState,
});

const cancelJob = async (client: ZooClient, program: string): Promise<Row> => {
  const { jobId, cwd } = await client.submit(program);
  await untilReady(cwd);
  const beganMs = performance.now();
  await client.cancel(jobId);
  const state = await client.untilEnded(jobId);
  const tookMs = performance.now() - beganMs;
  const limitMs = GRACE_MS + MARGIN_MS;
  const row = { program, endedBy: "cancel", state, tookMs, limitMs, left: countLeft(cwd) };
  return toRow(row, "canceled/canceled_by_user");
};

const waitForTimeout = (program: string): Promise<Row> =>
  withServer(async (client) => {
    const { jobId, cwd } = await client.submit(program);
    await client.untilRunning(jobId);
    const beganMs = performance.now();
    const state = await client.untilEnded(jobId);
    const tookMs = performance.now() - beganMs - TIMEOUT_MS;
    const limitMs = GRACE_MS + MARGIN_MS;
    const row = { program, endedBy: "timeout", state, tookMs, limitMs, left: countLeft(cwd) };
    return toRow(row, "failed/executor_timeout");
  });

const awaitExit = async (client: ZooClient, program: string): Promise<Row> => {
  const { jobId, cwd } = await client.submit(program);
  await untilReady(cwd);
  const beganMs = performance.now();
  const state = await client.untilEnded(jobId);
  const tookMs = performance.now() - beganMs;
  const row = { program, endedBy: "its exit", state, tookMs, limitMs: GRACE_MS + MARGIN_MS, left: countLeft(cwd) };
  return toRow(row, "succeeded");
};

const privateMiB = (pid: number): number => {
  const kib = /^Private_Dirty:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return Number(kib) / 1024;
};

/** Samples memory while a gibibyte of output is read. */
const floodWithGibibyte = (program: string): Promise<Row> =>
  withServer(async (client) => {
    const warmUp = await client.submit("leaves-child");
    await client.untilEnded(warmUp.jobId);
    const beforeMiB = privateMiB(client.pid);
    const beganMs = performance.now();
    const { jobId, cwd } = await client.submit(program);
    let mostMiB = beforeMiB;
    const sampler = setInterval(() => {
      mostMiB = Math.max(mostMiB, privateMiB(client.pid));
    }, POLL_MS);
    const state = await client.untilEnded(jobId);
    clearInterval(sampler);
    const tookMs = performance.now() - beganMs;
    const growthMiB = mostMiB - beforeMiB;
    const row = { program, endedBy: "its exit", state, tookMs, limitMs: DEADLINE_MS, left: countLeft(cwd) };
    const checked = toRow(row, "succeeded");
    const note = `private memory ${beforeMiB.toFixed(1)} + ${growthMiB.toFixed(1)} MiB`;
    return { ...checked, note, passed: checked.passed && growthMiB < MOST_GROWTH_MIB };
  }, DEADLINE_MS);

const print = ({ program, endedBy, state, tookMs, limitMs, left, note, passed }: Row) => {
  const took = `${tookMs.toFixed(0)} of ${limitMs} ms`;
  const columns = [program.padEnd(21), endedBy.padEnd(9), state.padEnd(26), took.padStart(16), `${left} left`, note];
  console.log(`${passed ? "pass" : "FAIL"}  ${columns.join("  ").trimEnd()}`);
};

const rows: Row[] = [];
const add = (row: Row) => {
  rows.push(row);
  print(row);
};

for (const program of loud) add(await floodWithGibibyte(program));
await withServer(async (client) => {
  for (const program of stubborn) add(await cancelJob(client, program));
  for (const program of leaving) add(await awaitExit(client, program));
});
for (let from = 0; from < stubborn.length; from += AT_ONCE) {
  for (const row of await Promise.all(stubborn.slice(from, from + AT_ONCE).map(waitForTimeout))) add(row);
}

const [longest] = gaps.toSorted((a, b) => b.ms - a.ms);
const stoodStill = longest === undefined || isTooLong(longest);
console.log(`${stoodStill ? "FAIL" : "pass"}  event loop: ${longest ? gapText(longest) : "not watched"}`);

const failed = rows.filter(({ passed }) => !passed).length + Number(stoodStill);
console.log(`${rows.length + 1 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
