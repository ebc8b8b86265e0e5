/** All time comes from here, so that tests can inject a clock of their own. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never go backwards, for durations and deadlines. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** 24 days; a longer timer overflows and fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** UTC to the second, `YYYY-MM-DDTHH:MM:SSZ`: the contract's only timestamp format. */
export const toTimestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** Resolves after `delayMs` of this clock, or when `signal` aborts; leaves no timer behind. */
export const delay = (clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.schedule(delayMs, finish);
    signal?.addEventListener("abort", finish);
    if (signal?.aborted) finish();
  });

/** Resolves when `work` does, or after `limitMs`. */
export const atMost = async (clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> => {
  const done = new AbortController();
  await Promise.race([work, delay(clock, limitMs, done.signal)]).finally(() => done.abort());
};
