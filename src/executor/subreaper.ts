import { dlopen } from "bun:ffi";

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
/** glibc's name, then musl's. */
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

export interface Subreaper {
  /**
   * Takes the exit status of a child that has died; one that lives is left alone.
   * Never for a child of `Bun.spawn`, whose status Bun waits for.
   */
  reap(pid: number): void;
}

/** Asks the kernel to hand orphaned descendants to this process; undefined where it cannot. */
export const becomeSubreaper = (): Subreaper | undefined => {
  const libc = openLibc();
  if (libc?.symbols.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return undefined;
  return {
    reap(pid) {
      libc.symbols.waitpid(pid, null, WNOHANG);
    },
  };
};

const openLibc = () => {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, {
        prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
        waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
      });
    } catch {
      // Another system's name.
    }
  }
  return undefined;
};
