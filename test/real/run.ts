import { readdirSync } from "node:fs";
import { join } from "node:path";
import { astrbotObstacle, ensureAstrbot } from "./astrbot-peer.ts";
import { checkLatest } from "./latest.ts";
import { codexPeer, codexProgram, ensurePeer, openclawPeer, openclawProgram, openclawVersions } from "./peers.ts";

/** Codex and OpenClaw start in seconds, not in the five that a test is given by default. */
const TEST_TIMEOUT_MS = 120_000;

/** The longest begin first, so that the lanes end together. */
const LONGEST = ["gateway.real.ts", "codex.real.ts", "failed-turns.real.ts", "relay.real.ts"];
const rank = (name: string): number => LONGEST.indexOf(name) >>> 0;
/** Most of the time a peer starts or waits, so two files run at a time; each one's output is printed when it ends. */
const LANES = 2;

/** @returns whether every test of the files whose names end like this has passed. */
const runFiles = async (kinds: readonly string[]): Promise<boolean> => {
  const waiting = readdirSync(import.meta.dir)
    .filter((name) => kinds.some((kind) => name.endsWith(kind)))
    .sort((one, other) => rank(one) - rank(other));
  let hasFailed = false;
  const runNext = async (): Promise<void> => {
    const name = waiting.shift();
    if (name === undefined) return;
    const tests = Bun.spawn(
      [process.execPath, "test", "--timeout", String(TEST_TIMEOUT_MS), join(import.meta.dir, name)],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const [report, output] = await Promise.all([tests.stderr.text(), tests.stdout.text()]);
    process.stdout.write(output + report);
    if ((await tests.exited) !== 0) hasFailed = true;
    return runNext();
  };
  await Promise.all(Array.from({ length: LANES }, runNext));
  return !hasFailed;
};

if (process.argv.includes("--latest")) {
  process.exit((await checkLatest({ record: process.argv.includes("--record") })) ? 0 : 1);
}

if (process.argv.includes("--astrbot")) {
  const obstacle = astrbotObstacle();
  if (obstacle !== "") {
    console.error(obstacle);
    process.exit(1);
  }
  // Before the tests, whose hooks have two minutes.
  await Promise.all([ensureAstrbot(), ensurePeer(codexPeer)]);
  process.exit((await runFiles([".astrbot.ts"])) ? 0 : 1);
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

if (process.argv.includes("--install")) process.exit(0);

/**
 * `--slow` adds what takes minutes: a failing model, which the gateway tries again and again before it gives up, and
 * the upgrade and the way back without Docker, which `test:docker` plays too.
 */
const kinds = process.argv.includes("--slow") ? [".real.ts", ".slow.ts"] : [".real.ts"];
process.exit((await runFiles(kinds)) ? 0 : 1);
