import type { Libc } from "./libc.ts";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

export interface Subreaper {
  /**
   * Takes the exit status of a child that has died; one that lives is left alone.
   * Never for a child of `Bun.spawn`, whose status Bun waits for.
   */
  reap(pid: number): void;
}

/** Asks the kernel to hand orphaned descendants to this process; undefined where it cannot. */
export const becomeSubreaper = (libc: Libc): Subreaper | undefined => {
  if (libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return undefined;
  return {
    reap(pid) {
      libc.waitpid(pid, null, WNOHANG);
    },
  };
};
