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
  /**
   * Lets go of those that have died; they would stay zombies.
   * @returns whether there were none at all, nor any other child: then no process below us is left anywhere. False when
   * that is not known for certain.
   */
  reap(): boolean;
}

/** Without the kernel's help orphans go to init, out of sight. */
export const noOrphans: Orphans = {
  exclude: () => () => {},
  listLiving: () => [],
  reap: () => false,
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
      const children = listChildren();
      for (const pid of children ?? []) if (!excluded.has(pid)) subreaper.reap(pid);
      // An empty list is exact; one that loses an entry while it is read may skip the next.
      return children?.length === 0;
    },
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
