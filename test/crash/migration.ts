/** `kill -9` while the first start takes over a predecessor's database. */
import { drain } from "./drain.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { startServer } from "./server.ts";

/** Adoption, copy, migration, recovery and the first jobs fall within this time. */
const LONGEST_LIFE_MS = 400;

interface MigrationOptions {
  root: string;
  kills: number;
  random: Random;
  ledger: Ledger;
}

/** @param options.root holds a predecessor's database. */
export const killDuringMigration = async ({ root, kills, random, ledger }: MigrationOptions): Promise<void> => {
  ledger.adopt();
  for (let kill = 0; kill < kills; kill++) {
    const server = startServer({ root });
    await Promise.race([Bun.sleep(random.between(0, LONGEST_LIFE_MS)), server.exited]);
    await server.kill();
    ledger.inspect();
  }
  await drain({ root }, ledger);
};
