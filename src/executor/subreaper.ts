import { readdirSync, readFileSync } from "node:fs";
import { attempt } from "@/lib/errors.ts";
import type { Libc } from "@/lib/libc.ts";
import { type ProcessEntry, readProcess } from "@/lib/proc.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

/**
 * As a subreaper this process becomes the parent of every orphan below it, whatever session, group or environment the
 * orphan gave itself. One job runs at a time, so that the orphans are the running job's.
 */
export interface Subreaper {
  /** A child of `Bun.spawn` is no orphan and Bun reaps it; until the returned function is called. */
  exclude(pid: number): () => void;
  listOrphans(): ProcessEntry[];
  /** Reaps dead orphans. @returns true if this process certainly has no child left, so that nothing of a job lives. */
  reap(): boolean;
}

/** Orphans go to init, out of reach. */
export const noSubreaper: Subreaper = { exclude: () => () => {}, listOrphans: () => [], reap: () => false };

/** `noSubreaper` where the kernel cannot do it. */
export const becomeSubreaper = (libc: Libc | undefined): Subreaper => {
  // As process 1 of a container we inherit everyone's orphans, also those of an operator's shell.
  if (process.pid === 1 || listChildren() === undefined) return noSubreaper;
  if (libc?.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return noSubreaper;

  const excluded = new Set<number>();
  const isOrphan = (pid: number) => !excluded.has(pid);
  return {
    exclude(pid) {
      excluded.add(pid);
      return () => void excluded.delete(pid);
    },
    listOrphans: () => (listChildren() ?? []).filter(isOrphan).flatMap((pid) => readProcess(pid) ?? []),
    reap() {
      const children = listChildren();
      for (const pid of children?.filter(isOrphan) ?? []) libc.waitpid(pid, null, WNOHANG);
      // An empty list is exact; one that loses an entry while it is read may skip the next.
      return children?.length === 0;
    },
  };
};

/** Children of all our threads, zombies too; undefined where the kernel does not list them. */
const listChildren = (): number[] | undefined =>
  attempt(() => {
    const lists = readdirSync("/proc/self/task").map((id) => readFileSync(`/proc/self/task/${id}/children`, "utf8"));
    return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  }, undefined);
