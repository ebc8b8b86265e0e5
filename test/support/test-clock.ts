import type { Clock } from "@/lib/clock.ts";

export interface TestClock extends Clock {
  /** Moves time on, running each timer at its own due time; work a timer sets off is given its turn before the next. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward, or back; no time passes. */
  jump(ms: number): void;
  /** Timers not yet due: 0 proves that nothing was left behind. */
  pendingTimers(): number;
}

interface Timer {
  dueMs: number;
  callback: () => void;
}

/** A clock that stands still until a test moves it. */
export const createTestClock = (start: Date | string = "2026-03-01T00:00:00Z"): TestClock => {
  const startMs = new Date(start).getTime();
  let elapsedMs = 0;
  let jumpedMs = 0;
  const timers = new Set<Timer>();

  const nextDueBy = (untilMs: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.dueMs <= untilMs && timer.dueMs < (next?.dueMs ?? Infinity)) next = timer;
    return next;
  };

  return {
    now: () => new Date(startMs + elapsedMs + jumpedMs),
    monotonicMs: () => elapsedMs,
    schedule(delayMs, callback) {
      const timer = { dueMs: elapsedMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      // Promise chains started before this call may still be about to schedule something.
      await settle();
      for (let timer = nextDueBy(untilMs); timer; timer = nextDueBy(untilMs)) {
        timers.delete(timer);
        elapsedMs = timer.dueMs;
        timer.callback();
        await settle();
      }
      elapsedMs = untilMs;
    },
    jump(ms) {
      jumpedMs += ms;
    },
    pendingTimers: () => timers.size,
  };
};

/** Some turns of the event loop, as a request waits for one up to four times: every promise that can settle has settled. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/**
 * Waits for work that needs the injected clock and programs: the sweeps that end a process tree, the deadline of a check.
 * The clock goes as fast as theirs, so that no program is too slow for it on a busy machine.
 */
export const whileAdvancing = async <Result>(clock: TestClock, work: Promise<Result>): Promise<Result> => {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const startedMs = performance.now();
  let advancedMs = 0;
  while (!isDone) {
    const stepMs = Math.floor(performance.now() - startedMs) - advancedMs;
    await clock.advance(stepMs);
    advancedMs += stepMs;
  }
  return done;
};
