import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { newToken, startService } from "@test/real/service.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createAgentSetup } from "./agent.ts";
import { type Attack, createTarget, type Target } from "./attack.ts";
import { doorAttacks } from "./door.ts";
import { createKeeperSetup } from "./keeper.ts";
import { createOtherUserSetup, otherUserAttacks } from "./other-user.ts";
import { loginAttacks, sessionAttacks } from "./session.ts";
import { storedAttacks } from "./stored.ts";
import { tokenAttacks } from "./token.ts";
import { wireAttacks } from "./wire.ts";

/** Attacks the real server, started as a child, by every row of the table in SECURITY.md. `--only ROW` takes one row. */
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt < 0 ? undefined : process.argv[onlyAt + 1];

let passed = 0;
let failed = 0;
const attackedRows = new Set<string>();

const attack = async (attacks: readonly Attack[], target: Target) => {
  for (const { row, name, run } of attacks) {
    attackedRows.add(row);
    if (only !== undefined && row !== only) continue;
    try {
      const seen = await run(target);
      passed++;
      console.log(`pass | ${row} | ${name} | ${seen}`);
    } catch (error) {
      failed++;
      console.log(`FAIL | ${row} | ${name} | ${error instanceof Error ? error.message : error}`);
    }
    if (target.service.hasExited()) throw new Error("the server is gone");
  }
};

const service = await startService({
  EXECUTOR_CODEX_BIN: fixture("bin/zoo"),
  OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
  OPENCLAW_GATEWAY_TOKEN: newToken(),
});
try {
  const attacks = [doorAttacks, tokenAttacks, loginAttacks, wireAttacks, sessionAttacks, storedAttacks].flat();
  await attack(attacks, createTarget(service));
} finally {
  await service.stop();
}

if (only === undefined || only === "Same user") {
  const other = await createOtherUserSetup();
  try {
    await attack(otherUserAttacks, createTarget(other.service));
  } finally {
    await other.stop();
  }
}

// The real Codex takes seconds to start: not for a single row that has been tried by now.
if (only === undefined || !attackedRows.has(only)) {
  const agent = await createAgentSetup();
  try {
    await attack(agent.attacks, createTarget(agent.service));
  } finally {
    await agent.stop();
  }
}

if (only === undefined || !attackedRows.has(only)) {
  const keeper = await createKeeperSetup();
  try {
    await attack(keeper.attacks, createTarget(keeper.service));
  } finally {
    await keeper.stop();
  }
}

// The table of SECURITY.md and what is attacked here are the same list.
const table = readFileSync(resolve(import.meta.dir, "../../SECURITY.md"), "utf8");
const tableRows = [...table.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, row]) => row ?? "");
for (const row of tableRows.filter((row) => only === undefined && !attackedRows.has(row))) {
  failed++;
  console.log(`FAIL | ${row} | SECURITY.md lists it | no attack`);
}
for (const row of [...attackedRows].filter((row) => !tableRows.includes(row))) {
  failed++;
  console.log(`FAIL | ${row} | attacked here | SECURITY.md does not list it`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
