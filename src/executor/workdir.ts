import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { expandHome, tidyPath } from "@/paths.ts";

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

/** Only a name for the directory: its content need not be readable. */
const O_PATH = 0x200000;

interface WorkdirOptions {
  home: string;
  allowGlobal: boolean;
  allowedWorkdirs: readonly string[];
}

/** Where jobs may run. The allowed directories are resolved once, here; the asked one each time it is asked. */
export const createWorkdirs = ({ home, allowGlobal, allowedWorkdirs }: WorkdirOptions) => {
  const roots = allowedWorkdirs.map((path) => realPathOf(path) ?? path);

  const isAllowed = (realPath: string): boolean =>
    allowGlobal || roots.some((root) => realPath === root || realPath.startsWith(root === sep ? sep : root + sep));

  return {
    /** The path as a job stores it: tilde expanded, tidied, otherwise as written. */
    normalize: (cwd: string): string => tidyPath(expandHome(cwd, home) ?? cwd),

    check(cwd: string): WorkdirCheck {
      const realPath = realPathOf(cwd);
      if (realPath === undefined || !isDirectory(realPath)) return { kind: "missing" };
      return isAllowed(realPath) ? { kind: "ok" } : { kind: "outside" };
    },

    /** Like `check`, of the very directory that is then used: nobody can put another in its place between the two. */
    hold(cwd: string): HeldWorkdir | Exclude<WorkdirCheck, { kind: "ok" }> {
      const fd = openFolder(cwd);
      if (fd === undefined) return { kind: "missing" };
      const handle = `/proc/self/fd/${fd}`;
      const known = readLink(handle);
      const realPath = known ?? realPathOf(cwd);
      if (realPath !== undefined && fstatSync(fd).nlink > 0 && isAllowed(realPath)) {
        return {
          kind: "held",
          realPath,
          handle: known === undefined ? realPath : handle,
          release: () => closeSync(fd),
        };
      }
      const isGone = realPath === undefined || fstatSync(fd).nlink === 0;
      closeSync(fd);
      return { kind: isGone ? "missing" : "outside" };
    },
  };
};

export type Workdirs = ReturnType<typeof createWorkdirs>;

/** Whatever the path is wrong for (absent, too long, not permitted, a NUL in it), it cannot be used. */
const realPathOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

const openFolder = (path: string): number | undefined => {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
};

/** The kernel's own word for where an open directory is; undefined when there is no /proc to ask. */
const readLink = (handle: string): string | undefined => {
  try {
    return readlinkSync(handle);
  } catch {
    return undefined;
  }
};

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
