import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";

/** A database that refuses a write (full disk, lock) is asked again this often, for as long as it takes. */
const RETRY_MS = 1000;

/** Waiting that the end of the service cuts short. */
export const createPatience = ({ clock, logger }: { clock: Clock; logger: Logger }) => {
  let isOver = false;
  let endPause = () => {};

  const pause = (ms: number): Promise<void> => {
    if (isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.schedule(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  };

  return {
    pause,
    /** Tries until the database takes it; undefined when the service stops first. */
    async untilStored<Result>(what: string, write: () => Result): Promise<Result | undefined> {
      for (;;) {
        try {
          return write();
        } catch (error) {
          logger.error({ err: error }, `${what} could not be stored`);
          if (isOver) return undefined;
          await pause(RETRY_MS);
        }
      }
    },
    end() {
      isOver = true;
      endPause();
    },
    isOver: () => isOver,
  };
};

export type Patience = ReturnType<typeof createPatience>;
