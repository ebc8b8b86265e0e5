import { expect, test } from "bun:test";
import { createMemoryGate } from "@/gates/memory.ts";

const MIB = 1024;

const cases: [availableKiB: number | undefined, gate: string, heavy: string, write: string, shown: number | null][] = [
  [undefined, "unknown", "passes", "passes", null],
  [0, "read_only", "mem_force_read_only", "mem_force_read_only", 0],
  [350 * MIB - 1, "read_only", "mem_force_read_only", "mem_force_read_only", 349],
  [350 * MIB, "heavy_rejected", "mem_heavy_reject", "passes", 350],
  [512 * MIB - 1, "heavy_rejected", "mem_heavy_reject", "passes", 511],
  [512 * MIB, "open", "passes", "passes", 512],
];
test.each(cases)("with %p KiB the gate is %s: heavy work %s, a write %s", (kib, gate, heavy, write, shown) => {
  const memoryGate = createMemoryGate(() => kib);
  const outcomeOf = (kind: "heavy" | "write") => {
    try {
      memoryGate.check(kind);
      return "passes";
    } catch (error) {
      expect((error as { detail: object }).detail).toEqual({ available: shown });
      return (error as { code: string }).code;
    }
  };
  expect([outcomeOf("heavy"), outcomeOf("write")]).toEqual([heavy, write]);
  expect(memoryGate.view()).toMatchObject({
    gate: gate as "open",
    available_mib: shown,
    heavy_below_mib: 512,
    read_only_below_mib: 350,
  });
});
