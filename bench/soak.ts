/**
 * `bun run bench:soak [--requests n] [--jobs n] [--readers n] [--keep]`: a day's work in minutes, in ten parts, against
 * the service as it is run. Fails when private memory at rest grows by more than 2 MiB after the first part, or
 * descriptors at all. `--keep` writes the result to bench/results.
 */
import { parseArgs } from "node:util";
import { load } from "./load.ts";
import { descriptorsOf, memoryOfTree } from "./memory.ts";
import { keep, printSurroundings, round, surroundings } from "./report.ts";
import {
  API_TOKEN,
  AUTHORIZATION,
  endAll,
  importModels,
  post,
  prepareForms,
  removeRoots,
  type Subject,
  start,
} from "./subjects.ts";

const PARTS = 10;
const SAMPLE_MS = 500;
const REST_SECONDS = 15;
const CALLERS = 4;
const MAX_GROWTH_MIB = 2;
const PATHS = [
  "/healthz",
  "/readyz",
  "/api/v1/models",
  "/api/v1/status",
  "/api/v1/executor/jobs?limit=10",
  "/web/status",
  "/web/login",
] as const;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1000000" },
    jobs: { type: "string", default: "2000" },
    readers: { type: "string", default: "500" },
    keep: { type: "boolean" },
  },
});
const perPart = (text: string) => Math.ceil(Number(text) / PARTS);

interface State {
  mib: number;
  descriptors: number;
}

/** Of the service and what it has started. */
const stateOf = ({ pid }: Subject): State => ({
  mib: round(memoryOfTree(pid).privateDirtyMib),
  descriptors: descriptorsOf(pid),
});

const mixedRequests = async ({ url }: Subject) => {
  const [first, ...others] = PATHS.map((path) => url + path);
  if (first === undefined) return;
  await load({ url: [first, ...others], head: [AUTHORIZATION], warmUp: 0, requests: perPart(values.requests) });
};

const authorization = { authorization: `Bearer ${API_TOKEN}` };

/** As a page does that is closed: in the middle of the job's life. */
const readAndLeave = async (url: string) => {
  const leaving = new AbortController();
  const response = await fetch(url, { headers: authorization, signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
};

const readToTheEnd = (url: string) => fetch(url, { headers: authorization }).then((response) => response.text());

/** As long as there are readers left, a job has one of its events; every fourth leaves early. */
const jobWithReader = async (subject: Subject, n: number) => {
  const { job_id } = await post(subject, "/executor/jobs", { task: `job ${n}`, cwd: `${subject.root}/work` });
  const url = `${subject.url}/api/v1/executor/jobs/${String(job_id)}`;
  const isRead = n < perPart(values.readers);
  if (isRead && n % 4 === 0) await readAndLeave(`${url}/events`);
  else if (isRead) await readToTheEnd(`${url}/events`);
  await readToTheEnd(`${url}?wait=30`);
};

/** Several callers, so that the next job waits in the queue when one has ended. */
const jobsWithReaders = async (subject: Subject) => {
  let n = 0;
  const call = async () => {
    while (n < perPart(values.jobs)) await jobWithReader(subject, n++);
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
};

/** @returns the most of each while the work lasts. */
const watch = async (subject: Subject, work: Promise<unknown>): Promise<State> => {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const most = stateOf(subject);
  while (!isOver) {
    const now = stateOf(subject);
    most.mib = Math.max(most.mib, now.mib);
    most.descriptors = Math.max(most.descriptors, now.descriptors);
    await Promise.race([ended, Bun.sleep(SAMPLE_MS)]);
  }
  await ended;
  return most;
};

/** The least memory while nobody asks: the engine collects in steps, the last of them seconds after the work. */
const restOf = async (subject: Subject): Promise<State> => {
  let least = Number.POSITIVE_INFINITY;
  for (let second = 0; second < REST_SECONDS; second++) {
    await Bun.sleep(1000);
    least = Math.min(least, stateOf(subject).mib);
  }
  return { ...stateOf(subject), mib: least };
};

interface Part {
  rest: State;
  most: State;
  seconds: number;
}

const runPart = async (subject: Subject): Promise<Part> => {
  const startedMs = performance.now();
  const most = await watch(subject, Promise.all([mixedRequests(subject), jobsWithReaders(subject)]));
  const seconds = round((performance.now() - startedMs) / 1000);
  return { rest: await restOf(subject), most, seconds };
};

const printPart = (part: number, { rest, most, seconds }: Part) => {
  const widths = [4, 13, 11, 21, 11, 9];
  const cells = [part, rest.mib, most.mib, rest.descriptors, most.descriptors, seconds];
  console.log(cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join(" "));
};

const { service } = await prepareForms();
const parts: Part[] = [];
try {
  const subject = await start(service);
  await importModels(subject);
  printSurroundings(surroundings());
  console.log("\npart   MiB at rest  under load   descriptors at rest  under load   seconds");
  for (let part = 1; part <= PARTS; part++) {
    const done = await runPart(subject);
    printPart(part, done);
    parts.push(done);
  }
  await subject.stop();
} finally {
  await endAll();
  removeRoots();
}

const [first, ...later] = parts.map(({ rest }) => rest);
const growthMib = round(Math.max(...later.map(({ mib }) => mib)) - (first?.mib ?? 0));
const isSteady = later.every(({ descriptors }) => descriptors === first?.descriptors);
const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
console.log(`\n${values.requests} requests, ${values.jobs} jobs, ${values.readers} streams in ${seconds.toFixed(0)} s`);
console.log(
  `most growth after the first tenth: ${growthMib} MiB; descriptors ${isSteady ? "constant" : "NOT constant"}`,
);
if (values.keep) {
  const { requests, jobs, readers } = values;
  const path = keep("soak", { ...surroundings(), requests, jobs, readers, growthMib, isSteady, parts });
  console.log(`kept as ${path}`);
}
if (growthMib > MAX_GROWTH_MIB || !isSteady) process.exitCode = 1;
