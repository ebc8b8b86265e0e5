import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join, resolve } from "node:path";
import type { GoalResult } from "./goals.ts";
import type { Samples } from "./samples.ts";

export const RESULTS_FOLDER = resolve(import.meta.dir, "results");

/** When, where and of what something was measured. */
export interface Surroundings {
  at: string;
  machine: { processor: string; cores: number; memoryMib: number; kernel: string };
  versions: { bun: string; commit: string };
}

export interface Report extends Surroundings {
  mode: "whole" | "quick";
  goals: GoalResult[];
  measured: { name: string; median: number; values: readonly number[] }[];
}

export const round = (value: number) => Number(value.toPrecision(4));

export const surroundings = (): Surroundings => ({
  at: new Date().toISOString(),
  machine: {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
  },
  versions: { bun: Bun.version, commit: commit() },
});

export const createReport = (mode: Report["mode"], goals: GoalResult[], samples: Samples): Report => ({
  ...surroundings(),
  mode,
  goals: goals.map((goal) => ({
    ...goal,
    floor: goal.floor === null ? null : round(goal.floor),
    figure: round(goal.figure),
    result: round(goal.result),
  })),
  measured: samples
    .all()
    .map(({ name, median, values }) => ({ name, median: round(median), values: values.map(round) })),
});

const commit = (): string =>
  Bun.spawnSync(["git", "describe", "--always", "--dirty"], { cwd: import.meta.dir })
    .stdout.toString()
    .trim();

/** @returns where it lies. */
export const keep = <Result extends Surroundings>(name: string, result: Result): string => {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const path = join(RESULTS_FOLDER, `${name}-${result.at.replace(/[:.]/g, "").slice(0, 17)}Z.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
};

export const printSurroundings = ({ machine, versions }: Surroundings): void => {
  console.log(`${machine.processor}, ${machine.cores} cores, ${machine.memoryMib} MiB; Linux ${machine.kernel}`);
  console.log(`Bun ${versions.bun}, commit ${versions.commit}`);
};

export const printReport = (report: Report): void => {
  const { mode, goals, measured } = report;
  printSurroundings(report);
  console.log(`${mode} run; medians\n`);
  const row = (cells: readonly string[], widths: readonly number[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  for (const { name, median } of measured) console.log(row([name, median.toFixed(2)], [62, 10]));
  const widths = [52, 9, 10, 10, 9, 6];
  console.log(`\n${row(["goal", "wanted", "floor", "service", "result", ""], widths)}`);
  for (const { name, goal, floor, figure, result, met } of goals) {
    const cells = [name, goal, floor?.toFixed(2) ?? "", figure.toFixed(2), result.toFixed(2), met ? "met" : "MISSED"];
    console.log(row(cells, widths));
  }
};
