import { z } from "zod";
import { AppError } from "@/lib/errors.ts";
import { readText } from "@/lib/proc.ts";

/** Fixed by the contract: exactly at a limit passes. */
const HEAVY_BELOW_MIB = 512;
const READ_ONLY_BELOW_MIB = 350;
const KIB_PER_MIB = 1024;

export const MemoryView = z.object({
  available_mib: z.number().nullable().describe("null when /proc/meminfo cannot be read: no gate is closed then."),
  gate: z.enum(["open", "heavy_rejected", "read_only", "unknown"]),
  heavy_below_mib: z.int(),
  read_only_below_mib: z.int(),
});
export type MemoryView = z.output<typeof MemoryView>;

export type WorkKind = "heavy" | "write";

/** Unknown memory refuses nothing. */
const gateOf = (availableKiB: number | undefined): MemoryView["gate"] => {
  if (availableKiB === undefined) return "unknown";
  if (availableKiB < READ_ONLY_BELOW_MIB * KIB_PER_MIB) return "read_only";
  return availableKiB < HEAVY_BELOW_MIB * KIB_PER_MIB ? "heavy_rejected" : "open";
};

/** Whether this gate refuses heavy work. */
export const isClosed = (gate: MemoryView["gate"]): boolean => gate === "heavy_rejected" || gate === "read_only";

/** @param readAvailableKiB returns undefined when it cannot be read. */
export const createMemoryGate = (readAvailableKiB: () => number | undefined) => {
  const view = (): MemoryView => {
    const availableKiB = readAvailableKiB();
    return {
      available_mib: availableKiB === undefined ? null : Math.floor(availableKiB / KIB_PER_MIB),
      gate: gateOf(availableKiB),
      heavy_below_mib: HEAVY_BELOW_MIB,
      read_only_below_mib: READ_ONLY_BELOW_MIB,
    };
  };

  return {
    /** @throws AppError `mem_heavy_reject` or `mem_force_read_only` while this kind of work is refused. */
    check(kind: WorkKind): void {
      const { gate, available_mib } = view();
      const detail = { available: available_mib ?? 0 };
      if (gate === "read_only") throw new AppError("mem_force_read_only", detail);
      if (gate === "heavy_rejected" && kind === "heavy") throw new AppError("mem_heavy_reject", detail);
    },
    view,
  };
};

export type MemoryGate = ReturnType<typeof createMemoryGate>;

/** `MemAvailable` in KiB; a zero counts as unreadable, as in the plugin. */
export const readAvailableKiB = (path = "/proc/meminfo"): number | undefined =>
  Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readText(path))?.[1]) || undefined;

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
