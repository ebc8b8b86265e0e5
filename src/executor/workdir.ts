import { closeSync, constants, openSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { expandHome, tidyPath } from "@/lib/paths.ts";

export type WorkdirCheck =
  | { kind: "ok" }
  | { kind: "missing" }
  /** Exists, but its real path is outside the allowed directories. */
  | { kind: "outside" };

/** A working directory held open: whatever its path comes to name, `handle` is the directory that was checked. */
export interface HeldWorkdir {
  kind: "held";
  realPath: string;
  /** A path to the directory itself, for a child to start in; good until released. */
  handle: string;
  release(): void;
}

/** Nothing is wrong with the directory: we have no means left to open it. */
export interface UnopenedWorkdir {
  kind: "unopened";
  reason: string;
}

const OUT_OF_MEANS = ["EMFILE", "ENFILE", "ENOMEM"];

/** Only a name for the directory: its content need not be readable. */
const O_PATH = 0x200000;

interface WorkdirOptions {
  home: string;
  allowGlobal: boolean;
  allowedWorkdirs: readonly string[];
  /** Where the kernel lists our open files. */
  fdFolder?: string;
}

/** Where jobs may run. The allowed directories are resolved once, here; the asked one each time it is asked. */
export const createWorkdirs = (options: WorkdirOptions) => {
  const { home, allowGlobal, allowedWorkdirs, fdFolder = "/proc/self/fd" } = options;
  const roots = allowedWorkdirs.map((path) => attempt(() => realpathSync(path)) ?? path);

  const isAllowed = (realPath: string): boolean =>
    allowGlobal || roots.some((root) => realPath === root || realPath.startsWith(root === sep ? sep : root + sep));

  return {
    /** The path as a job stores it: tilde expanded, tidied, otherwise as written. */
    normalize: (cwd: string): string => tidyPath(expandHome(cwd, home) ?? cwd),

    check(cwd: string): WorkdirCheck {
      const realPath = realFolderOf(cwd);
      if (realPath === undefined) return { kind: "missing" };
      return isAllowed(realPath) ? { kind: "ok" } : { kind: "outside" };
    },

    /** Like `check`, of the very directory that is then used: nobody can put another in its place between the two. */
    hold(cwd: string): HeldWorkdir | UnopenedWorkdir | Exclude<WorkdirCheck, { kind: "ok" }> {
      let fd: number;
      try {
        fd = openSync(cwd, O_PATH | constants.O_DIRECTORY);
      } catch (error) {
        const { code = "", message } = error as NodeJS.ErrnoException;
        return OUT_OF_MEANS.includes(code) ? { kind: "unopened", reason: message } : { kind: "missing" };
      }
      const release = () => closeSync(fd);
      const handle = join(fdFolder, String(fd));
      // The kernel's own word for where it is; without a /proc to ask, the path has to do.
      const known = attempt(() => readlinkSync(handle));
      const realPath = known ?? realFolderOf(cwd);
      if (realPath !== undefined && isAllowed(realPath)) {
        return { kind: "held", realPath, handle: known === undefined ? realPath : handle, release };
      }
      release();
      return { kind: "outside" };
    },
  };
};

export type Workdirs = ReturnType<typeof createWorkdirs>;

const realFolderOf = (path: string): string | undefined =>
  attempt(() => {
    const realPath = realpathSync(path);
    return statSync(realPath).isDirectory() ? realPath : undefined;
  });

/** Whatever a path is wrong for (absent, too long, not permitted, a NUL in it), it cannot be used. */
const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
