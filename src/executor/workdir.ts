import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import { expandHome, tidyPath } from "@/lib/paths.ts";

/** A working directory held open: whatever its path comes to name, `handle` is the directory that was checked. */
export interface HeldWorkdir {
  kind: "held";
  realPath: string;
  /** A path to the directory itself, for a child to start in; valid until released. */
  handle: string;
  release(): void;
}

/** `outside`: exists, but its real path is outside the allowed directories. `unopened`: we lack the means to open it. */
type HoldResult = HeldWorkdir | { kind: "missing" } | { kind: "outside" } | { kind: "unopened"; reason: string };

const OUT_OF_MEANS = ["EMFILE", "ENFILE", "ENOMEM"];

/** Only a name for the directory: its content need not be readable. */
const O_PATH = 0x200000;

interface WorkdirOptions {
  home: string;
  allowGlobal: boolean;
  allowedWorkdirs: readonly string[];
}

/** Where jobs may run. The allowed directories are resolved once, here; a job's directory at each call. */
export const createWorkdirs = ({ home, allowGlobal, allowedWorkdirs }: WorkdirOptions) => {
  const roots = allowedWorkdirs.map((path) => attempt(() => realpathSync(path)) ?? path);

  const isAllowed = (realPath: string): boolean =>
    allowGlobal || roots.some((root) => realPath === root || realPath.startsWith(root === sep ? sep : root + sep));

  /** Checks the very directory that is then used: another one put in its place meanwhile is not. */
  const hold = (cwd: string): HoldResult => {
    let fd: number;
    try {
      fd = openSync(cwd, O_PATH | constants.O_DIRECTORY);
    } catch (error) {
      const { code = "", message } = error as NodeJS.ErrnoException;
      return OUT_OF_MEANS.includes(code) ? { kind: "unopened", reason: message } : { kind: "missing" };
    }
    const release = () => closeSync(fd);
    const handle = `/proc/self/fd/${fd}`;
    const realPath = attempt(() => readlinkSync(handle));
    if (realPath !== undefined && isAllowed(realPath)) return { kind: "held", realPath, handle, release };
    release();
    return { kind: realPath === undefined ? "missing" : "outside" };
  };

  return {
    /** The path as a job stores it: tilde expanded, tidied, otherwise as written. */
    normalize: (cwd: string): string => tidyPath(expandHome(cwd, home) ?? cwd),
    hold,
    /** `unopened` passes: the directory is opened again when the job starts. */
    check(cwd: string): { kind: "ok" | "missing" | "outside" } {
      const held = hold(cwd);
      if (held.kind === "missing" || held.kind === "outside") return held;
      if (held.kind === "held") held.release();
      return { kind: "ok" };
    },
  };
};

export type Workdirs = ReturnType<typeof createWorkdirs>;

const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
