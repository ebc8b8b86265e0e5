import { readdirSync, readFileSync } from "node:fs";
import type { Libc } from "./libc.ts";
import { type ProcessEntry, readProcess } from "./proc.ts";
import { becomeSubreaper } from "./subreaper.ts";

/**
 * Processes below us that lost their parent. Once we are their subreaper they become our own children, whatever
 * session, group or environment they gave themselves: the one mark that a process cannot take off.
 */
export interface Orphans {
  /** A child that `Bun.spawn` started is none, and Bun waits for it itself, until the returned function is called. */
  exclude(pid: number): () => void;
  listLiving(): ProcessEntry[];
  /** Lets go of those that have died; they would stay zombies. */
  reap(): void;
  /**
   * Whether no process below us is left, as the kernel itself knows it: then there is none to look for elsewhere.
   * False when that is not known for certain.
   */
  areAllGone(): boolean;
}

/** Without the kernel's help orphans go to init, out of sight. */
export const noOrphans: Orphans = {
  exclude: () => () => {},
  listLiving: () => [],
  reap() {},
  areAllGone: () => false,
};

/** For a short command beside a job: its child is ours, the orphans are the job's. */
export const withoutTaking = ({ exclude }: Orphans): Orphans => ({ ...noOrphans, exclude });

/** From now on orphans come to this process; `noOrphans` where that cannot be had. */
export const adoptOrphans = (libc: Libc | undefined): Orphans => {
  // As process 1 of a container we are given everyone's orphans, also those of an operator's shell.
  if (process.pid === 1 || listChildren() === undefined) return noOrphans;
  const subreaper = libc && becomeSubreaper(libc);
  if (!subreaper) return noOrphans;

  const excluded = new Set<number>();
  const list = () => (listChildren() ?? []).filter((pid) => !excluded.has(pid));
  return {
    exclude(pid) {
      excluded.add(pid);
      return () => {
        excluded.delete(pid);
      };
    },
    listLiving: () => list().flatMap((pid) => readProcess(pid) ?? []),
    reap() {
      for (const pid of list()) subreaper.reap(pid);
    },
    // A list is exact when it is empty: one that loses an entry while it is read may skip the next.
    areAllGone: () => listChildren()?.length === 0,
  };
};

/** Children of every thread of ours, dead ones too; undefined where the kernel does not tell. */
const listChildren = (): number[] | undefined => {
  try {
    return readdirSync("/proc/self/task").flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return undefined;
  }
};
