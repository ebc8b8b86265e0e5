import { type Clock, delay } from "./clock.ts";
import { isLocked } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { nextTurn } from "./turns.ts";

const RETRY_MS = 50;
const LIMIT_MS = 5000;

export type RetryWhileLocked = ReturnType<typeof createLockRetry>;

/**
 * Repeats what fails because another program has locked the database, for five seconds at most: SQLite's own wait would
 * block every other request. One at a time, with other events in between, as fifty tries at once took 160 ms.
 */
export const createLockRetry = ({ clock }: { clock: Clock }) => {
  let last: Promise<unknown> = Promise.resolve();

  const repeat = async <Result>(work: () => Result, deadlineMs: number): Promise<Result> => {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isLocked(error) || clock.monotonicMs() >= deadlineMs) throw error;
      }
      await delay(clock, RETRY_MS);
    }
  };

  /** @param work changes nothing before its write, so that it can be repeated. */
  return async <Result>(work: () => Result): Promise<Result> => {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
    const deadlineMs = clock.monotonicMs() + LIMIT_MS;
    const result = last.then(() => repeat(work, deadlineMs));
    last = result.then(nextTurn, nextTurn);
    return result;
  };
};

/** A full disk or a lock may take long. */
const STORE_RETRY_MS = 1000;

/** Repeats what the database refuses until it succeeds; undefined if the service stops first, which aborts `signal`. */
export const createStoreRetry =
  ({ clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal }) =>
  async <Result>(what: string, write: () => Result): Promise<Result | undefined> => {
    for (;;) {
      try {
        return write();
      } catch (error) {
        logger.error({ err: error }, `cannot ${what}; retrying`);
        if (signal.aborted) return undefined;
        await delay(clock, STORE_RETRY_MS, signal);
      }
    }
  };
