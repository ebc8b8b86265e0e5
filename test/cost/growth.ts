import { createRedactor } from "@/executor/redact.ts";
import { maskKeysInName, maskKeysInPath } from "@/lib/secret-shapes.ts";
import { readable } from "@/lib/text.ts";
import type { CostPart } from "./part.ts";

/** Functions that read outside text. */
const readers: Record<string, (text: string) => unknown> = {
  redact: createRedactor(["our-own-backend-token"]),
  maskKeysInName,
  maskKeysInPath,
  readable,
};
/** What is repeated. */
const pumps = ["-", "\\", '"', "/", ",", " ", "a", "1", "a-", "token", "\n"];
const CHARS = 16_000;
/** Below this a duration is noise. */
const FLOOR_MS = 3;
/** At 4 times the length; linear is 4. */
const MAX_RATIO = 7;

const timeOf = (read: (text: string) => unknown, text: string): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const startedAt = performance.now();
    read(text);
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
};

/** How the time of each function grows with its input. */
export const growth: CostPart = async () => {
  let failed = 0;
  for (const [name, read] of Object.entries(readers)) {
    const rows = pumps.map((pump) => {
      const times = [1, 2, 4].map((factor) => timeOf(read, pump.repeat((factor * CHARS) / pump.length)));
      return { pump, times, ratio: (times[2] ?? 0) / (times[0] ?? 1) };
    });
    const grows = ({ times, ratio }: (typeof rows)[number]) => (times[2] ?? 0) > FLOOR_MS && ratio > MAX_RATIO;
    const worst = rows.find(grows) ?? rows.toSorted((a, b) => (b.times[2] ?? 0) - (a.times[2] ?? 0))[0];
    if (!worst) continue;
    const isFailed = grows(worst);
    if (isFailed) failed++;
    const shown = worst.times.map((ms) => ms.toFixed(2).padStart(9)).join("");
    console.log(`${isFailed ? "FAIL" : "ok  "} ${name.padEnd(32)}${JSON.stringify(worst.pump).padEnd(12)}${shown} ms`);
  }
  return { passed: Object.keys(readers).length - failed, failed };
};
