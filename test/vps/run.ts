/**
 * `bun run test:vps`: a whole small server under emulation, set up by README.zh-CN.md and RUNBOOK.zh-CN.md
 * word for word, with the real OpenClaw, the real Codex and a fake model. Then memory runs out at each limit, and
 * programs and power are cut. It reaches this host's loopback alone.
 */
import { messageOf } from "@/lib/errors.ts";
import { rows } from "./rows.ts";
import { createStage, secondsSince } from "./stage.ts";

const began = performance.now();
const results: boolean[] = [];

const stage = await createStage(["2026.2.9"]).catch((error: unknown) => {
  console.log(`test:vps cannot run on this host: ${messageOf(error)}`);
  console.log("0 passed, 0 failed");
  return process.exit(1);
});
const { memory } = stage;
process.once("SIGINT", () => void stage.close().then(() => process.exit(130)));
process.once("SIGTERM", () => void stage.close().then(() => process.exit(143)));

try {
  console.log(`disks made in ${secondsSince(began)} s, ssh ${(await stage.powerOn()).toFixed(0)} s after power on`);
  for (const { what, play } of rows) {
    const startedMs = performance.now();
    memory.begin(what);
    const [isFine, said] = await play(stage).then(
      (figures) => [true, figures] as const,
      (error: unknown) => [false, messageOf(error)] as const,
    );
    results.push(isFine);
    console.log(`${isFine ? "pass" : "FAIL"}  ${what} (${secondsSince(startedMs)} s): ${said}`);
  }
  memory.print();
} catch (error) {
  results.push(false);
  console.log(`FAIL  ${messageOf(error)}`);
} finally {
  await stage.close();
}
const failed = results.filter((isFine) => !isFine).length;
console.log(`${secondsSince(began)} s in all`);
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
