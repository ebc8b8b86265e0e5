import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkLatest } from "./latest.ts";
import { codexPeer, codexProgram, ensurePeer, openclawPeer, openclawProgram, openclawVersions } from "./peers.ts";

/** Codex and OpenClaw start in seconds, not in the five that a test is given by default. */
const TEST_TIMEOUT_MS = 120_000;

if (process.argv.includes("--latest")) {
  process.exit((await checkLatest({ record: process.argv.includes("--record") })) ? 0 : 1);
}

const versionOf = (...argv: string[]): string =>
  Bun.spawnSync([...argv, "--version"])
    .stdout.toString()
    .trim();

const codex = codexProgram(await ensurePeer(codexPeer));
console.log(`Real peer: ${versionOf(codex)}`);
for (const version of openclawVersions) {
  const { node, entry } = openclawProgram(await ensurePeer(openclawPeer(version)));
  console.log(`Real peer: OpenClaw ${versionOf(node, entry)} on Node ${versionOf(node)}`);
}

/** `--slow` adds what takes the gateway minutes: it tries a failing model again and again before it gives up. */
const kinds = process.argv.includes("--slow") ? [".real.ts", ".slow.ts"] : [".real.ts"];
const files = readdirSync(import.meta.dir)
  .filter((name) => kinds.some((kind) => name.endsWith(kind)))
  .map((name) => join(import.meta.dir, name));
const tests = Bun.spawn([process.execPath, "test", "--timeout", String(TEST_TIMEOUT_MS), ...files], {
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(await tests.exited);
