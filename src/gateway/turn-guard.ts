import type { Clock } from "@/lib/clock.ts";

export interface TurnLimits {
  totalMs: number;
  firstByteMs: number;
  stallMs: number;
}

/** `settled`: the model has ended the turn, the gateway has not closed the connection. */
export type StopReason = "caller" | "total" | "first_byte" | "stall" | "settled";

export interface TurnGuard {
  /** Ends the request to the gateway, whatever the reason. */
  signal: AbortSignal;
  /** The first reason to stop; undefined while there is none. */
  reason(): StopReason | undefined;
  stop(reason: StopReason): void;
  /** Stops the turn with `reason` unless it is over by then. */
  stopIn(ms: number, reason: StopReason): void;
  /** Awaits one chunk. Only waiting for the gateway counts as a stall, not waiting for a slow client. */
  read<Chunk>(next: () => Promise<Chunk>): Promise<Chunk>;
  /** Leaves no timer and no listener behind. */
  release(): void;
}

interface GuardOptions {
  clock: Clock;
  limits: TurnLimits;
  /** On the clock's monotonic scale. */
  deadlineMs: number;
  /** Aborted when the caller goes away; the guard aborts it for its own reasons. */
  controller: AbortController;
}

/** The three timeouts of a turn and the caller's going away, as one signal with the first reason. */
export const createTurnGuard = ({ clock, limits, deadlineMs, controller }: GuardOptions): TurnGuard => {
  const { signal } = controller;
  let reason: StopReason | undefined;
  let hasFirstByte = false;

  const stop = (why: StopReason) => {
    reason ??= why;
    controller.abort();
  };
  const cancels: (() => void)[] = [];
  const stopIn = (ms: number, why: StopReason) => {
    const cancel = clock.schedule(ms, () => stop(why));
    cancels.push(cancel);
    return cancel;
  };

  // Whoever aborts for a reason of ours has named it before.
  const onAbort = () => {
    reason ??= "caller";
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  stopIn(deadlineMs - clock.monotonicMs(), "total");
  const cancelFirstByte = stopIn(limits.firstByteMs, "first_byte");

  return {
    signal,
    reason: () => reason,
    stop,
    stopIn,
    async read(next) {
      const cancelStall = hasFirstByte ? clock.schedule(limits.stallMs, () => stop("stall")) : () => {};
      try {
        const chunk = await next();
        if (reason) throw new Error(reason);
        hasFirstByte = true;
        cancelFirstByte();
        return chunk;
      } finally {
        cancelStall();
      }
    },
    release() {
      for (const cancel of cancels) cancel();
      signal.removeEventListener("abort", onAbort);
    },
  };
};
