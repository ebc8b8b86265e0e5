/**
 * `bun run test:cost`: what inputs cost. `--short` is what CI runs.
 * Each part prints its table and counts its rows.
 */
import { amplification } from "./amplification.ts";
import { growth } from "./growth.ts";
import type { CostPart } from "./part.ts";

const parts: readonly CostPart[] = [growth, amplification];

const short = process.argv.includes("--short");
let passed = 0;
let failed = 0;
for (const part of parts) {
  const result = await part({ short });
  passed += result.passed;
  failed += result.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
