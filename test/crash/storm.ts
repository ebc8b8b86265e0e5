/** `kill -9` at random moments, and at chosen ones, while clients are at work. */
import { createClient, type Moment } from "./client.ts";
import { drain } from "./drain.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { type ServerOptions, startServer } from "./server.ts";

const LONGEST_LIFE_MS = 300;
/** Long enough for the whole of a start. */
const LONGEST_START_MS = 350;
const SHARE_OF_STARTS = 0.15;
const SHARE_OF_TARGETED = 0.4;
const CLIENTS = 2;

interface StormOptions {
  server: ServerOptions;
  kills: number;
  random: Random;
  ledger: Ledger;
  /** True when enough has been seen. */
  isOver: () => boolean;
}

/** @returns how many kills fell on which moment. */
export const storm = async ({ server: options, kills, random, ledger, isOver }: StormOptions) => {
  const moments = new Map<string, number>();
  const open = new Set<string>();
  let named = 0;
  const newName = () => `t${++named}`;

  const killDuringStart = async () => {
    const server = startServer(options);
    await Promise.race([Bun.sleep(random.between(0, LONGEST_START_MS)), server.exited]);
    await server.kill();
    return "start";
  };

  const killAtWork = async () => {
    const target = random.chance(SHARE_OF_TARGETED)
      ? random.pick<Moment>(["submitted", "running", "canceled", "finished"])
      : undefined;
    const lifeMs = random.between(0, LONGEST_LIFE_MS);
    const clientRandoms = Array.from({ length: CLIENTS }, random.fork);
    const server = startServer(options);
    await server.mustBeReady();
    ledger.checkRecovered();

    const aimed = Promise.withResolvers<void>();
    const onMoment = (moment: Moment) => {
      if (moment === target) aimed.resolve();
    };
    const atWork = clientRandoms.map((clientRandom) =>
      createClient({ server, ledger, random: clientRandom, newName, open, onMoment }).actUntilDead(),
    );
    const hit = await Promise.race([
      target === undefined ? Bun.sleep(lifeMs) : aimed.promise.then(() => target),
      Bun.sleep(2 * LONGEST_LIFE_MS),
    ]);
    await server.kill();
    await Promise.all(atWork);
    return hit ?? "random";
  };

  for (let kill = 0; kill < kills && !isOver(); kill++) {
    const moment = random.chance(SHARE_OF_STARTS) ? await killDuringStart() : await killAtWork();
    moments.set(moment, (moments.get(moment) ?? 0) + 1);
    ledger.inspect();
  }
  if (!isOver()) await drain(options, ledger);
  return { moments, submitted: named };
};
