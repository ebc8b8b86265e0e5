import { realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { expandHome, tidyPath } from "@/paths.ts";

export type WorkdirCheck =
  | { kind: "ok"; realPath: string }
  | { kind: "missing" }
  /** Exists, but its real path is outside the allowed directories. */
  | { kind: "outside" };

interface WorkdirOptions {
  home: string;
  allowGlobal: boolean;
  allowedWorkdirs: readonly string[];
}

/** Where jobs may run. The allowed directories are resolved once, here; the asked one each time it is asked. */
export const createWorkdirs = ({ home, allowGlobal, allowedWorkdirs }: WorkdirOptions) => {
  const roots = allowedWorkdirs.map((path) => realPathOf(path) ?? path);

  return {
    /** The path as a job stores it: tilde expanded, tidied, otherwise as written. */
    normalize: (cwd: string): string => tidyPath(expandHome(cwd, home) ?? cwd),

    check(cwd: string): WorkdirCheck {
      const realPath = realPathOf(cwd);
      if (realPath === undefined || !isDirectory(realPath)) return { kind: "missing" };
      const isInside =
        allowGlobal || roots.some((root) => realPath === root || realPath.startsWith(root === sep ? sep : root + sep));
      return isInside ? { kind: "ok", realPath } : { kind: "outside" };
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

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
