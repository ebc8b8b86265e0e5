import { hostFaults } from "./host.ts";
import { storageFaults } from "./storage.ts";

/** What goes wrong around a service, made real around ours, one after the other. Needs root, for mounts. `--only NAME`. */
const onlyAt = process.argv.indexOf("--only");
const faults = [...storageFaults, ...hostFaults].filter(({ name }) => onlyAt < 0 || name === process.argv[onlyAt + 1]);

let failed = 0;
console.log("| fault | made by | outcome |\n|---|---|---|");
for (const { name, how, run } of faults) {
  try {
    console.log(`| ${name} | ${how} | pass: ${await run()} |`);
  } catch (error) {
    failed++;
    console.log(`| ${name} | ${how} | FAIL: ${error instanceof Error ? error.message : error} |`);
  }
}
console.log(`${faults.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
