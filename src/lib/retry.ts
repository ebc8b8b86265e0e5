import { type Clock, delay } from "./clock.ts";
import { isLocked } from "./errors.ts";

const FIRST_RETRY_MS = 25;
const MAX_RETRY_MS = 400;
const LIMIT_MS = 5000;

/**
 * Repeats `work` while another program has locked the database, five seconds at most. SQLite's own wait would block
 * every other request. The write must be the first thing that `work` changes.
 */
export const retryWhileLocked = async <Result>(clock: Clock, work: () => Result): Promise<Result> => {
  const deadlineMs = clock.monotonicMs() + LIMIT_MS;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || clock.monotonicMs() >= deadlineMs) throw error;
    }
    await delay(clock, retryMs);
  }
};
