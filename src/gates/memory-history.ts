import type { MemoryGate } from "./memory.ts";

/** One sample a minute: an hour. */
const SAMPLES = 60;
const UNKNOWN = -1;

/** The available memory of the last hour, in a ring of fixed size. */
export const createMemoryHistory = ({ memoryGate }: { memoryGate: Pick<MemoryGate, "view"> }) => {
  const ring = new Int32Array(SAMPLES);
  let taken = 0;

  return {
    sample(): void {
      ring[taken++ % SAMPLES] = memoryGate.view().available_mib ?? UNKNOWN;
    },
    /** MiB, the oldest first; null where memory could not be read. */
    view: (): (number | null)[] =>
      Array.from({ length: Math.min(taken, SAMPLES) }, (_, index) => {
        const mib = ring[(Math.max(0, taken - SAMPLES) + index) % SAMPLES] ?? UNKNOWN;
        return mib === UNKNOWN ? null : mib;
      }),
  };
};

export type MemoryHistory = ReturnType<typeof createMemoryHistory>;
