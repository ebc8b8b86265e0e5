import { readFileSync } from "node:fs";

/** @param share between 0 and 1. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** How long each of `count` calls takes, one after the other, in milliseconds. */
export const latencies = async (count: number, call: () => Promise<unknown>): Promise<number[]> => {
  const taken: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now();
    await call();
    taken.push(performance.now() - startedAt);
  }
  return taken;
};

/** Memory that only this process holds and that cannot be evicted. */
export const privateDirtyMib = (pid: number): number =>
  Number(/^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
