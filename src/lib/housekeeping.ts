import { atMost, type Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

const TICK_MS = 60_000;
const STOP_DEADLINE_MS = 5_000;

export interface HousekeepingTask {
  name: string;
  /** Called at start and once a minute, but never while the previous run is in progress. */
  run(signal: AbortSignal): void | Promise<void>;
}

interface HousekeepingDeps {
  tasks: readonly HousekeepingTask[];
  clock: Clock;
  logger: Logger;
}

/** The only timer of an idle service. A task that fails or hangs does not delay the others. */
export const createHousekeeping = ({ tasks, clock, logger }: HousekeepingDeps) => {
  const stopping = new AbortController();
  const running = new Map<HousekeepingTask, Promise<void>>();
  let cancelNext = () => {};

  const tick = () => {
    cancelNext = clock.schedule(TICK_MS, tick);
    for (const task of tasks.filter((task) => !running.has(task))) {
      const ended = Promise.try(() => task.run(stopping.signal))
        .catch((err) => logger.error({ task: task.name, err }, "housekeeping failed"))
        .finally(() => running.delete(task));
      running.set(task, ended);
    }
  };

  return {
    start: tick,
    /** Aborts running tasks and waits for them, five seconds at most. */
    async stop(): Promise<void> {
      cancelNext();
      stopping.abort();
      await atMost(clock, STOP_DEADLINE_MS, Promise.all(running.values()));
    },
  };
};
