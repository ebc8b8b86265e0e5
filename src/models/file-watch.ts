import { stat } from "node:fs/promises";
import { oncePerTick } from "@/lib/once-per-tick.ts";
import { type AstrbotConfig, PULL_ORDER, pathOf } from "./pull.ts";
import type { SourceName } from "./view.ts";

/** What tells one state of a file from the next without reading it. */
export interface FileStamp {
  modifiedMs: number;
  size: number;
}

/** The file that a pull would take first, as it is now. */
export interface SeenFile {
  source: SourceName;
  /** null when it is missing or cannot be looked at. */
  stamp: FileStamp | null;
  readable: boolean;
}

export interface FileWatch {
  /** One `stat` for each source in turn, up to the first that is there: nobody watches between two looks. */
  look(): Promise<SeenFile>;
}

export const createFileWatch = (config: AstrbotConfig): FileWatch => ({
  look: oncePerTick(async () => {
    const sources = PULL_ORDER[config.pullMode];
    for (const source of sources) {
      const seen = await lookAt(source, pathOf(source, config));
      if (seen.stamp !== null || !seen.readable) return seen;
    }
    return { source: sources[0], stamp: null, readable: true };
  }),
});

const lookAt = async (source: SourceName, path: string): Promise<SeenFile> => {
  try {
    const { mtimeMs, size } = await stat(path);
    return { source, stamp: { modifiedMs: mtimeMs, size }, readable: true };
  } catch (error) {
    return { source, stamp: null, readable: (error as NodeJS.ErrnoException).code === "ENOENT" };
  }
};
