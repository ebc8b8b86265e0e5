import { readFileSync } from "node:fs";
import type { Libc } from "@/executor/libc.ts";

const MADV_DONTNEED = 4;
const MADV_COLD = 20;

/**
 * Lets go of the program's own code: most of what the start has run is not run again, and 20 MiB of it would stay
 * mapped, where the kernel counts it as ours and reclaims it last. What is still needed comes back from the page cache
 * at its next call. Only code is let go, which is never written to.
 */
export const releaseStartupPages = (libc: Libc | undefined): void => {
  if (!libc) return;
  for (const { start, length } of codeMappings()) {
    libc.madvise(start, length, MADV_COLD);
    libc.madvise(start, length, MADV_DONTNEED);
  }
};

/** Of the executable and its libraries; none where the kernel does not tell. */
const codeMappings = () => {
  try {
    return [...readFileSync("/proc/self/maps", "utf8").matchAll(/^([\da-f]+)-([\da-f]+) r-xp .* \/.+$/gm)].map(
      ([, from = "", to = ""]) => {
        const start = Number.parseInt(from, 16);
        return { start, length: Number.parseInt(to, 16) - start };
      },
    );
  } catch {
    return [];
  }
};
