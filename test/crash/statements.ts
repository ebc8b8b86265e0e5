/** The server killed before and after each single statement of a whole life, migration and recovery included. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "./client.ts";
import { drain } from "./drain.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { type CrashServer, startServer } from "./server.ts";

const PRELOAD = ["preload/die-at.ts"];

/** Long enough to be canceled; the server after a crash may have to run it to its end. */
const LONG_SECONDS = 3;

export interface Boundary {
  number: number;
  side: "before" | "after";
}

/** One life in a fixed order: jobs of a predecessor, a job that ends, one canceled while it runs, one while it waits. */
const live = async (server: CrashServer, ledger: Ledger, random: Random): Promise<void> => {
  if (!(await server.ready())) return;
  ledger.checkRecovered();
  let named = 0;
  const newName = () => `s${++named}`;
  const client = createClient({ server, ledger, random, newName, open: new Set(), onMoment() {} });
  const until = async (name: string | undefined, ...states: string[]) => {
    while (name !== undefined && !server.isDead() && !states.includes((await client.look(name)) ?? "")) {
      await Bun.sleep(2);
    }
  };
  await until(await client.submit(0), "succeeded", "failed");
  const running = await client.submit(LONG_SECONDS);
  await until(running, "running");
  const waiting = await client.submit(0);
  if (waiting !== undefined) await client.cancel(waiting);
  if (running !== undefined) await client.cancel(running);
  await until(running, "canceled", "succeeded");
  await server.stop();
};

/** Lives once without a crash: what there is to crash at. */
export const listStatements = async (root: string, ledger: Ledger, random: Random): Promise<string[]> => {
  const list = join(root, "statements");
  ledger.adopt();
  await live(startServer({ root, preload: PRELOAD, env: { CRASH_STATEMENTS: list } }), ledger, random);
  ledger.inspect();
  return existsSync(list) ? readFileSync(list, "utf8").trimEnd().split("\n") : [];
};

/** @returns whether the server came to that boundary. */
export const dieAt = async (root: string, boundary: Boundary, ledger: Ledger, random: Random): Promise<boolean> => {
  ledger.adopt();
  const env = { CRASH_DIE_AT: `${boundary.number}:${boundary.side}` };
  const server = startServer({ root, preload: PRELOAD, env });
  await live(server, ledger, random);
  await server.exited;
  const hasDied = server.wasKilled();
  ledger.inspect();
  await drain({ root }, ledger);
  return hasDied;
};
