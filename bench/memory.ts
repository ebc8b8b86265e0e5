import { readdirSync, readFileSync } from "node:fs";

export interface Memory {
  rssMib: number;
  pssMib: number;
  /** What cannot be evicted, and nobody else shares. */
  privateDirtyMib: number;
}

const childrenOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
};

const treeOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(treeOf)];

/** Nothing of a child that has just ended. */
const rollupOf = (pid: number): string[] => {
  try {
    return [readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")];
  } catch {
    return [];
  }
};

/** Of the process and of everything it has started. */
export const memoryOfTree = (pid: number): Memory => {
  const rollups = treeOf(pid).flatMap(rollupOf);
  const sum = (name: string) =>
    rollups.reduce((total, text) => total + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]), 0) /
    1024;
  return { rssMib: sum("Rss"), pssMib: sum("Pss"), privateDirtyMib: sum("Private_Dirty") };
};

/** The kernel's unit of the times in `/proc/<pid>/stat`, on every Linux that Bun runs on. */
const TICK_MS = 10;

/** Of this process alone, since it began. */
export const processorMsOf = (pid: number): number => {
  // Behind the name, which may hold anything: the 12th and 13th are the times in user and in kernel mode.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
};

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
