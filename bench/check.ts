/**
 * `bun run bench:check`: measures once, quickly, and fails when a result has become worse than those kept in
 * bench/results by more than they differ from each other. Only ratios to a floor of the same run are compared, since
 * times and megabytes belong to a machine.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoalResult } from "./goals.ts";
import { printReport, RESULTS_FOLDER, type Report } from "./report.ts";
import { runBench } from "./run.ts";

/** A guess, until enough runs are kept to know better: what a quick run may differ by from a whole one. */
const LEAST_NOISE = 0.2;
const COMPARED = 4;

const readReports = (): Report[] =>
  (existsSync(RESULTS_FOLDER) ? readdirSync(RESULTS_FOLDER) : [])
    .filter((name) => name.endsWith(".json"))
    .sort()
    .slice(-COMPARED)
    .map((name) => JSON.parse(readFileSync(join(RESULTS_FOLDER, name), "utf8")) as Report);

/** How much worse `now` is than the median of those before, and how much is noise: both as shares. */
const compare = (now: GoalResult, before: readonly GoalResult[]) => {
  const results = before.map(({ result }) => result).sort((a, b) => a - b);
  const usual = results[Math.floor(results.length / 2)] ?? now.result;
  const apart = ((results.at(-1) ?? usual) - (results[0] ?? usual)) / usual;
  const worse = (now.moreIsBetter ? usual - now.result : now.result - usual) / usual;
  const noise = Math.max(LEAST_NOISE, apart, now.spread, ...before.map(({ spread }) => spread));
  return { usual, worse, noise };
};

const kept = readReports();
if (kept.length === 0) {
  console.error("Nothing to compare with: `bun run bench --keep` keeps a result in bench/results.");
  process.exit(1);
}
const report = await runBench("quick");
printReport(report);
console.log("");
let failed = 0;
for (const now of report.goals.filter(({ measure }) => measure === "ratio")) {
  const before = kept.flatMap(({ goals }) => goals.filter(({ name }) => name === now.name));
  if (before.length === 0) continue;
  const { usual, worse, noise } = compare(now, before);
  const isWorse = worse > noise;
  if (isWorse) failed++;
  const change = `${usual.toFixed(2)} -> ${now.result.toFixed(2)}`;
  console.log(`${isWorse ? "WORSE" : "ok   "}  ${now.name}: ${change}, noise ${(noise * 100).toFixed(0)} %`);
}
process.exitCode = failed === 0 ? 0 : 1;
