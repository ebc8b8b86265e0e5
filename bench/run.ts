/**
 * `bun run bench [--quick] [--keep] [--only cold,memory,throughput,jobs,relay]`: what the service costs beside its
 * floors, in one run. Floors are built as the service is. `--keep` writes the result to bench/results.
 */
import { parseArgs } from "node:util";
import { judge } from "./goals.ts";
import { createReport, keep, printReport, type Report } from "./report.ts";
import { createSamples } from "./samples.ts";
import { measureColdStarts } from "./steps/cold.ts";
import { measureJobs } from "./steps/jobs.ts";
import { measureMemory } from "./steps/memory.ts";
import { measureRelay } from "./steps/relay.ts";
import { measurePages, measureThroughput } from "./steps/throughput.ts";
import { endAll, prepareForms, removeRoots } from "./subjects.ts";

export const runBench = async (mode: Report["mode"], only?: readonly string[]): Promise<Report> => {
  const samples = createSamples();
  const forms = await prepareForms();
  const few = mode === "quick";
  const steps = {
    cold: () => measureColdStarts(forms, samples, few ? 5 : 15),
    memory: () => measureMemory(forms, samples, few ? 1 : 3),
    throughput: () =>
      measureThroughput(forms, samples, few ? { rounds: 2, durationMs: 700 } : { rounds: 5, durationMs: 1500 }),
    pages: () => measurePages(forms, samples),
    jobs: () => measureJobs(forms, samples, few ? 30 : 100),
    relay: () => measureRelay(forms, samples, few ? 3 : 8),
  };
  for (const [name, measure] of Object.entries(steps)) {
    if (only && !only.includes(name)) continue;
    try {
      await measure();
    } catch (error) {
      // What the other steps measure is not lost.
      console.error(`${name}: ${String(error)}`);
      process.exitCode = 1;
    } finally {
      await endAll();
    }
  }
  removeRoots();
  return createReport(mode, judge(samples), samples);
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: { quick: { type: "boolean" }, keep: { type: "boolean" }, only: { type: "string" } },
  });
  const report = await runBench(values.quick ? "quick" : "whole", values.only?.split(","));
  printReport(report);
  if (values.keep) console.log(`\nkept as ${keep(report.mode, report)}`);
}
