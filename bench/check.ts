/**
 * `bun run bench:check [--only cold,memory,...]`: measures quickly, and fails when a ratio to a floor of the same run has
 * become worse than those of the quick runs kept in bench/results, by more than they differ from each other. What seems
 * worse is measured a second time, and must be so again.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare, FEWEST_KEPT, MOST_KEPT } from "./compare.ts";
import { printReport, RESULTS_FOLDER, type Report } from "./report.ts";
import { runBench } from "./run.ts";
import { ratiosOf } from "./watched.ts";

const { values } = parseArgs({ options: { only: { type: "string" } } });

const keptQuickRuns = (): Report[] =>
  (existsSync(RESULTS_FOLDER) ? readdirSync(RESULTS_FOLDER) : [])
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(RESULTS_FOLDER, name), "utf8")) as Report)
    .filter(({ mode }) => mode === "quick");

const kept = keptQuickRuns().map(ratiosOf);

/** @returns the names of those that are worse. */
const measureOnce = async (): Promise<Set<string>> => {
  const report = await runBench("quick", values.only?.split(","));
  printReport(report);
  console.log(`\n${"ratio to its floor".padEnd(46)}    usual      now   worse by  noise`);
  const worse = new Set<string>();
  for (const [name, now] of ratiosOf(report)) {
    const before = kept.flatMap((ratios) => ratios.get(name) ?? []).slice(-MOST_KEPT);
    const comparison = compare(now, before);
    if (!comparison) {
      console.log(`${name.padEnd(46)} only ${before.length} of ${FEWEST_KEPT} results to compare with`);
      continue;
    }
    const { usual, worseBy, noise, isWorse } = comparison;
    if (isWorse) worse.add(name);
    const percent = (share: number, width: number) => `${(share * 100).toFixed(1)} %`.padStart(width);
    const ratios = [usual, now].map((ratio) => ratio.toFixed(3).padStart(8)).join(" ");
    console.log(`${name.padEnd(46)} ${ratios} ${percent(worseBy, 10)} ${percent(noise, 8)}${isWorse ? "  WORSE" : ""}`);
  }
  return worse;
};

if (kept.length < FEWEST_KEPT) {
  console.error(`Too little to compare with: \`bun run bench --quick --keep\`, ${FEWEST_KEPT} times, comes first.`);
  process.exit(1);
}
const first = await measureOnce();
const second = first.size > 0 ? await measureOnce() : first;
const worse = [...first].filter((name) => second.has(name));
console.log(worse.length > 0 ? `\nWorse than before: ${worse.join("; ")}` : "\nNo worse than before.");
if (worse.length > 0) process.exitCode = 1;
