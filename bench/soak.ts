/**
 * `bun run bench:soak [--requests n] [--jobs n] [--readers n]`: a day's work in minutes, in ten parts, against the
 * service as it is run. Fails when private memory grows by more than 2 MiB after the first part, or descriptors at all.
 */
import { parseArgs } from "node:util";
import { load } from "./load.ts";
import { descriptorsOf, memoryOfTree } from "./memory.ts";
import {
  API_TOKEN,
  AUTHORIZATION,
  importModels,
  post,
  prepareForms,
  removeRoots,
  type Subject,
  start,
} from "./subjects.ts";

const PARTS = 10;
const REST_MS = 3000;
const MAX_GROWTH_MIB = 2;
const PATHS = ["/healthz", "/api/v1/models", "/api/v1/status", "/web/status", "/api/v1/executor/jobs?limit=10"];

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1000000" },
    jobs: { type: "string", default: "2000" },
    readers: { type: "string", default: "500" },
  },
});
const perPart = (text: string) => Math.ceil(Number(text) / PARTS);

const authorization = { authorization: `Bearer ${API_TOKEN}` };

const mixedRequests = async ({ url }: Subject) => {
  for (const path of PATHS) {
    await load({
      url: url + path,
      head: [AUTHORIZATION],
      warmUp: 0,
      requests: perPart(values.requests) / PATHS.length,
    });
  }
};

/** Each job's life is read to its end as an event stream, as long as there are readers left. */
const jobsWithReaders = async (subject: Subject) => {
  let readers = perPart(values.readers);
  for (let n = 0; n < perPart(values.jobs); n++) {
    const { job_id } = await post(subject, "/executor/jobs", { task: `job ${n}`, cwd: `${subject.root}/work` });
    const path = readers-- > 0 ? `${String(job_id)}/events` : `${String(job_id)}?wait=30`;
    await (await fetch(`${subject.url}/api/v1/executor/jobs/${path}`, { headers: authorization })).text();
  }
};

const { service } = await prepareForms();
const subject = await start(service);
await importModels(subject);
const seen: { mib: number; descriptors: number }[] = [];
const startedMs = performance.now();
for (let part = 1; part <= PARTS; part++) {
  await Promise.all([mixedRequests(subject), jobsWithReaders(subject)]);
  await Bun.sleep(REST_MS);
  const now = { mib: memoryOfTree(subject.pid).privateDirtyMib, descriptors: descriptorsOf(subject.pid) };
  seen.push(now);
  console.log(`part ${part}: private dirty ${now.mib.toFixed(2)} MiB, ${now.descriptors} descriptors`);
}
const seconds = (performance.now() - startedMs) / 1000;
await subject.stop();
removeRoots();

const [first, last] = [seen[0], seen.at(-1)];
const growth = (last?.mib ?? 0) - (first?.mib ?? 0);
const isSteady = last?.descriptors === first?.descriptors;
console.log(`${values.requests} requests, ${values.jobs} jobs, ${values.readers} streams in ${seconds.toFixed(0)} s`);
console.log(
  `growth after the first tenth: ${growth.toFixed(2)} MiB; descriptors ${isSteady ? "constant" : "NOT constant"}`,
);
process.exitCode = growth <= MAX_GROWTH_MIB && isSteady ? 0 : 1;
