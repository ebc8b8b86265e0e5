import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createMemoryGate, isClosed, readAvailableKiB } from "@/gates/memory.ts";

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
  expect(isClosed(memoryGate.view().gate)).toBe(heavy !== "passes");
  expect(memoryGate.view()).toMatchObject({
    gate: gate as "open",
    available_mib: shown,
    heavy_below_mib: 512,
    read_only_below_mib: 350,
  });
});

const text = (availableKib: number) => `MemTotal:  9 kB\nMemFree:  9 kB\nMemAvailable:  ${availableKib} kB\n`;

const createFile = (content: string) => {
  const path = join(newRoot(), "meminfo");
  writeFileSync(path, content);
  return path;
};

const strange = ["xMemAvailable: 5 kB\n", "MemAvailable: 5 kBytes\n", "MemAvailable: x kB\n"];
test.each([["nothing of the kind"], [text(0)], ...strange.map((line) => [line])])(
  "memory that the file does not state is unknown: %j",
  (content) => {
    expect(readAvailableKiB(createFile(content))).toBeUndefined();
  },
);

test("memory is read anew each time; a missing file is unknown", () => {
  const path = createFile(text(500));
  expect(readAvailableKiB(path)).toBe(500);
  rmSync(path);
  expect(readAvailableKiB(path)).toBeUndefined();
  writeFileSync(path, text(600));
  expect(readAvailableKiB(path)).toBe(600);
});

test("the kernel's own file is read", () => {
  expect(readAvailableKiB()).toBeGreaterThan(0);
});
