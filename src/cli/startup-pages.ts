import { readFileSync, readlinkSync } from "node:fs";
import type { Libc } from "@/executor/libc.ts";

const MADV_DONTNEED = 4;
const MADV_COLD = 20;

/**
 * Lets go of the program's own code: most of what the start has run is not run again, and stays mapped, where the
 * kernel counts it as ours and reclaims it last. What is still needed comes back from the page cache at its next call.
 * Only code of the executable is let go; nobody writes to it but a debugger, whose breakpoints would be lost.
 */
export const releaseStartupPages = (libc: Libc | undefined): void => {
  if (!libc) return;
  for (const { start, length } of codeMappings()) {
    libc.madvise(start, length, MADV_COLD);
    libc.madvise(start, length, MADV_DONTNEED);
  }
};

/** Of the executable; none where the kernel does not tell. */
const codeMappings = () => {
  try {
    const executable = ` ${readlinkSync("/proc/self/exe")}`;
    return readFileSync("/proc/self/maps", "utf8")
      .split("\n")
      .filter((mapping) => mapping.includes(" r-xp ") && mapping.endsWith(executable))
      .map((mapping) => {
        const [start = 0, end = 0] = mapping
          .split(" ", 1)
          .flatMap((range) => range.split("-"))
          .map(fromHex);
        return { start, length: end - start };
      });
  } catch {
    return [];
  }
};

const fromHex = (digits: string) => Number.parseInt(digits, 16);
