import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import type { Config } from "@/config.ts";
import { attempt } from "@/lib/errors.ts";
import { expandHome, isWithin, tidyPath } from "@/lib/paths.ts";

const OUT_OF_RESOURCES: readonly (string | undefined)[] = ["EMFILE", "ENFILE", "ENOMEM"];

/** Only a name for the directory: its content need not be readable. */
const O_PATH = 0x200000;

const missing = { kind: "refused", code: "invalid_cwd" } as const;
/** Its real path is in no allowed directory. */
const outside = { kind: "refused", code: "workdir_not_allowed" } as const;

type WorkdirOptions = Pick<Config["executor"], "allowGlobalWorkdir" | "allowedWorkdirs"> & Pick<Config, "home">;

/** Where jobs may run. The allowed directories are resolved once, here; a job's directory at each call. */
export const createWorkdirs = ({ home, allowGlobalWorkdir, allowedWorkdirs }: WorkdirOptions) => {
  const roots = allowedWorkdirs.map((path) => attempt(() => realpathSync(path), path));

  const isAllowed = (realPath: string): boolean => allowGlobalWorkdir || roots.some((root) => isWithin(realPath, root));

  /**
   * Holds the directory open, so that a child that starts in `handle` is in the directory that was checked, even if the
   * path names another one by then. `unopened`: too many open files or too little memory to open it.
   */
  const hold = (cwd: string) => {
    let fd: number;
    try {
      fd = openSync(cwd, O_PATH | constants.O_DIRECTORY);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return OUT_OF_RESOURCES.includes(code) ? ({ kind: "unopened", reason: message } as const) : missing;
    }
    const release = () => closeSync(fd);
    const handle = `/proc/self/fd/${fd}`;
    const realPath = attempt(() => readlinkSync(handle), undefined);
    if (realPath !== undefined && isAllowed(realPath)) return { kind: "held", realPath, handle, release } as const;
    release();
    return realPath === undefined ? missing : outside;
  };

  return {
    /** The path as a job stores it: tilde expanded, tidied, otherwise as written. */
    normalize: (cwd: string): string => tidyPath(expandHome(cwd, home) ?? cwd),
    hold,
    /** Why a job may not run there. `unopened` passes: the directory is opened again when the job starts. */
    refusalOf(cwd: string) {
      const held = hold(cwd);
      if (held.kind === "held") held.release();
      return held.kind === "refused" ? held.code : undefined;
    },
  };
};

export type Workdirs = ReturnType<typeof createWorkdirs>;
