import type { Clock } from "@/clock.ts";

/** Leaves the line, or gives the place back; the second call does nothing. */
export type Release = () => void;

export type Entry =
  | { kind: "entered"; release: Release }
  | { kind: "full" }
  | { kind: "timeout" }
  | { kind: "aborted" };

export interface TurnLine {
  /** Resolves when it is this caller's turn, at once when nobody is before it. */
  enter(options: { patienceMs: number; signal: AbortSignal }): Promise<Entry>;
  view(): { busy: boolean; waiting: number };
}

/** One turn at a time, first come first served, with a bounded line: the gateway's memory is small. */
export const createTurnLine = ({ maxWaiting, clock }: { maxWaiting: number; clock: Clock }): TurnLine => {
  let busy = false;
  const waiting: (() => void)[] = [];

  const take = (): Entry => {
    busy = true;
    let released = false;
    return {
      kind: "entered",
      release() {
        if (released) return;
        released = true;
        busy = false;
        waiting.shift()?.();
      },
    };
  };

  return {
    enter({ patienceMs, signal }) {
      if (signal.aborted) return Promise.resolve({ kind: "aborted" });
      if (!busy) return Promise.resolve(take());
      if (waiting.length >= maxWaiting) return Promise.resolve({ kind: "full" });
      return new Promise((resolve) => {
        const leave = (entry: () => Entry) => {
          const at = waiting.indexOf(onTurn);
          if (at !== -1) waiting.splice(at, 1);
          cancelTimer();
          signal.removeEventListener("abort", onAbort);
          resolve(entry());
        };
        const onTurn = () => leave(take);
        const onAbort = () => leave(() => ({ kind: "aborted" }));
        const cancelTimer = clock.schedule(patienceMs, () => leave(() => ({ kind: "timeout" })));
        signal.addEventListener("abort", onAbort);
        waiting.push(onTurn);
      });
    },
    view: () => ({ busy, waiting: waiting.length }),
  };
};
