import { z } from "zod";
import { type Clock, delay, toTimestamp } from "@/lib/clock.ts";

/** Of the time between two looks, either way: services that started together do not ask together for ever. */
const JITTER = 0.1;
const MINUTE_MS = 60_000;

export const WatchView = z
  .object({
    interval_seconds: z.int().describe("On average; 0 if the gateway is checked only while somebody looks."),
    next_look_at: z.iso.datetime().nullable(),
  })
  .describe("Looks of the service's own at the gateway and at everything else that can go wrong.");
export type WatchView = z.output<typeof WatchView>;

interface WatchDeps {
  /** 0 for never. */
  everyMs: number;
  look: (signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
  clock: Clock;
}

/** Looks without an audience. */
export const createWatch = ({ everyMs, look, random, clock }: WatchDeps) => {
  const next = () => clock.monotonicMs() + everyMs * (1 + JITTER * (2 * random() - 1));
  let nextMs = next();

  return {
    /** Called every minute: waits for a look that is due within it. */
    async run(signal: AbortSignal): Promise<void> {
      const waitMs = nextMs - clock.monotonicMs();
      if (everyMs === 0 || waitMs > MINUTE_MS) return;
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      nextMs = next();
      await look(signal);
    },
    view: (): WatchView => ({
      interval_seconds: everyMs / 1000,
      next_look_at: everyMs === 0 ? null : toTimestamp(new Date(clock.now().getTime() + nextMs - clock.monotonicMs())),
    }),
  };
};

export type Watch = ReturnType<typeof createWatch>;
