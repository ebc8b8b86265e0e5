import type { MemoryGate } from "./memory.ts";

/** One sample a minute: an hour. */
const MAX_SAMPLES = 60;

/** The available memory of the last hour. */
export const createMemoryHistory = ({ memoryGate }: { memoryGate: Pick<MemoryGate, "view"> }) => {
  let samples: (number | null)[] = [];
  return {
    sample(): void {
      samples = [...samples, memoryGate.view().available_mib].slice(-MAX_SAMPLES);
    },
    /** MiB, the oldest first; null where memory could not be read. */
    view: (): (number | null)[] => samples,
  };
};

export type MemoryHistory = ReturnType<typeof createMemoryHistory>;
