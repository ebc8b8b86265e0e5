import { atMost, type Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

const TICK_MS = 60_000;
const STOP_DEADLINE_MS = 5_000;

export interface HousekeepingTask {
  name: string;
  /** Called at start and once a minute, never again before it has ended; what is due less often keeps its own date. */
  run(signal: AbortSignal): void | Promise<void>;
}

interface HousekeepingDeps {
  tasks: readonly HousekeepingTask[];
  clock: Clock;
  logger: Logger;
}

/** The one timer of an idle service. A task that fails or hangs holds up no other one. */
export const createHousekeeping = ({ tasks, clock, logger }: HousekeepingDeps) => {
  const stopping = new AbortController();
  const running = new Map<HousekeepingTask, Promise<void>>();
  let cancelNext = () => {};

  const run = async (task: HousekeepingTask) => {
    try {
      await task.run(stopping.signal);
    } catch (error) {
      logger.error({ task: task.name, err: error }, "housekeeping failed");
    }
  };

  const tick = () => {
    cancelNext = clock.schedule(TICK_MS, tick);
    for (const task of tasks.filter((task) => !running.has(task))) {
      const ended = run(task).finally(() => running.delete(task));
      running.set(task, ended);
    }
  };

  return {
    start: tick,
    /** Waits for what is under way, five seconds at most: its signal has told it to end. */
    async stop(): Promise<void> {
      cancelNext();
      stopping.abort();
      if (running.size > 0) await atMost(clock, STOP_DEADLINE_MS, Promise.all(running.values()));
    },
  };
};

export type Housekeeping = ReturnType<typeof createHousekeeping>;
