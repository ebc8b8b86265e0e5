import type { Clock } from "@/lib/clock.ts";

/** Those who wait hold their requests in memory, of which the host has little. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Leaves the line, or gives the place back; the second call does nothing. */
export type Release = () => void;

export type Entry =
  | { kind: "entered"; release: Release }
  | { kind: "full" }
  | { kind: "timeout" }
  | { kind: "aborted" };

export interface TurnLine {
  /** Resolves when it is this caller's turn, at once when nobody is before it. */
  enter(options: { bytes: number; patienceMs: number; signal: AbortSignal }): Promise<Entry>;
  view(): { busy: boolean; waiting: number };
}

/** One turn at a time, first come first served, with a bounded line: the gateway's memory is small. */
export const createTurnLine = ({ maxWaiting, clock }: { maxWaiting: number; clock: Clock }): TurnLine => {
  let busy = false;
  const waiting: (() => void)[] = [];
  let waitingBytes = 0;

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
    enter({ bytes, patienceMs, signal }) {
      if (signal.aborted) return Promise.resolve({ kind: "aborted" });
      if (!busy) return Promise.resolve(take());
      if (waiting.length >= maxWaiting || waitingBytes + bytes > MAX_WAITING_BYTES) {
        return Promise.resolve({ kind: "full" });
      }
      return new Promise((resolve) => {
        const leave = (entry: () => Entry) => {
          const at = waiting.indexOf(onTurn);
          if (at !== -1) waiting.splice(at, 1);
          waitingBytes -= bytes;
          cancelTimer();
          signal.removeEventListener("abort", onAbort);
          resolve(entry());
        };
        const onTurn = () => leave(take);
        const onAbort = () => leave(() => ({ kind: "aborted" }));
        const cancelTimer = clock.schedule(patienceMs, () => leave(() => ({ kind: "timeout" })));
        signal.addEventListener("abort", onAbort);
        waiting.push(onTurn);
        waitingBytes += bytes;
      });
    },
    view: () => ({ busy, waiting: waiting.length }),
  };
};
