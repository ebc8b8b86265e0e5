import { z } from "zod";
import { type Clock, delay, toTimestamp } from "@/lib/clock.ts";

/** Of the time between two looks, either way: services that started together do not ask together for ever. */
const JITTER = 0.1;
/** The longest wait for the first look, and for one that decides something. */
const SOON_MS = 5 * 60_000;
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
  /** @returns whether the next look decides something. */
  look: (signal: AbortSignal) => Promise<boolean>;
  /** From 0 to 1. */
  random: () => number;
  clock: Clock;
}

/** Looks without an audience. */
export const createWatch = ({ everyMs, look, random, clock }: WatchDeps) => {
  const after = (waitMs: number) => clock.monotonicMs() + waitMs * (1 + JITTER * (2 * random() - 1));
  const soonMs = Math.min(everyMs, SOON_MS);
  let nextMs = after(soonMs);

  return {
    /** Called every minute: waits for a look that is due within it. */
    async run(signal: AbortSignal): Promise<void> {
      const waitMs = nextMs - clock.monotonicMs();
      if (everyMs === 0 || waitMs > MINUTE_MS) return;
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      nextMs = after(everyMs);
      if (await look(signal)) nextMs = after(soonMs);
    },
    view: (): WatchView => ({
      interval_seconds: everyMs / 1000,
      next_look_at: everyMs === 0 ? null : toTimestamp(new Date(clock.now().getTime() + nextMs - clock.monotonicMs())),
    }),
  };
};
