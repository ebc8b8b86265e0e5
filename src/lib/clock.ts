/** The one door to time: tests hand in a clock they move by hand. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never run backwards; for durations and deadlines. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** A longer timer would overflow and fire at once; this one is 24 days. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** UTC to the second, `YYYY-MM-DDTHH:MM:SSZ`: the contract's only timestamp form. */
export const toTimestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** Resolves after `delayMs` of this clock. */
export const delay = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => clock.schedule(delayMs, resolve));

/** Resolves when `work` does, or after `limitMs`; leaves no timer behind. */
export const atMost = async (clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> => {
  let cancel = () => {};
  const limit = new Promise<void>((resolve) => {
    cancel = clock.schedule(limitMs, resolve);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    cancel();
  }
};
