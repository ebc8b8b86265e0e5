/**
 * `bun bench/flood.ts`: how long the API takes to answer before and while a job pours a gibibyte through the service, and
 * what memory that takes.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { z } from "zod";
import { createRoot } from "../test/crash/root.ts";
import { type CrashServer, startServer } from "../test/crash/server.ts";
import { percentile, privateDirtyMib, timed } from "./processes.ts";

const FLOODS = ["gibibyte-lines", "gibibyte-no-newlines"];
const BEFORE_MS = 3000;
/** Between one question and the next, as an impatient client asks. */
const PAUSE_MS = 2;

const Submitted = z.object({ job_id: z.string() });

/** Asks until it is over, and tells how long each answer took. */
const askUntil = async (server: CrashServer, isOver: () => boolean) => {
  const took: number[] = [];
  let mostMib = 0;
  while (!isOver()) {
    took.push(await timed(() => server.request("/executor/jobs?limit=1")));
    mostMib = Math.max(mostMib, privateDirtyMib(server.pid));
    await Bun.sleep(PAUSE_MS);
  }
  return { took, mostMib };
};

const describe = (name: string, { took, mostMib }: Awaited<ReturnType<typeof askUntil>>) => {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(took, share).toFixed(1).padStart(6));
  const most = Math.max(...took).toFixed(1);
  console.log(
    `${name.padEnd(21)} p50 ${p50} ms  p99 ${p99} ms  most ${most.padStart(6)} ms  ${mostMib.toFixed(1)} MiB`,
  );
};

for (const flood of FLOODS) {
  const { root, remove } = createRoot();
  const server = startServer({ root, env: { EXECUTOR_CODEX_BIN: fixture("bin/stubborn") } });
  try {
    await server.mustBeReady();
    const startedMs = performance.now();
    await askUntil(server, () => performance.now() - startedMs > BEFORE_MS);
    const calmMs = performance.now();
    describe("before", await askUntil(server, () => performance.now() - calmMs > BEFORE_MS));
    const cwd = join(root, "work", flood);
    mkdirSync(cwd, { recursive: true });
    const { job_id } = Submitted.parse((await server.request("/executor/jobs", { task: flood, cwd }))?.body);
    let hasEnded = false;
    const ended = server.request(`/executor/jobs/${job_id}?wait=30`).finally(() => {
      hasEnded = true;
    });
    describe(flood, await askUntil(server, () => hasEnded));
    await ended;
    await server.stop();
  } finally {
    remove();
  }
}
