import { readFileSync } from "node:fs";

/** `MemAvailable` of /proc/meminfo in KiB; undefined when it cannot be read. A zero counts as unreadable, as in the plugin. */
export const readAvailableKiB = (path = "/proc/meminfo"): number | undefined => {
  try {
    const found = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync(path, "utf8"))?.[1];
    return Number(found) || undefined;
  } catch {
    return undefined;
  }
};
