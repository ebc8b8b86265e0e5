import type { Clock } from "@/lib/clock.ts";

/** Tells whoever waits for news of a job that there is some. Says nothing of what it is: the reader looks for itself. */
export const createJobSignals = (clock: Clock) => {
  const listeners = new Map<string, Set<() => void>>();
  const listenersToAll = new Set<() => void>();

  /** @returns the way to stop listening, after which nothing is kept of the listener. */
  const subscribe = (jobId: string, listener: () => void): (() => void) => {
    const forJob = listeners.get(jobId) ?? new Set();
    listeners.set(jobId, forJob.add(listener));
    return () => {
      forJob.delete(listener);
      if (forJob.size === 0) listeners.delete(jobId);
    };
  };

  return {
    notify(jobId: string): void {
      for (const listener of [...(listeners.get(jobId) ?? []), ...listenersToAll]) listener();
    },
    subscribe,
    /** As `subscribe`, for news of any job. */
    subscribeToAll(listener: () => void): () => void {
      listenersToAll.add(listener);
      return () => void listenersToAll.delete(listener);
    },

    /** Resolves when there is news of the job, when `timeoutMs` are over, or when nobody listens any more. */
    nextNews: (jobId: string, timeoutMs: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const finish = () => {
          unsubscribe();
          cancelTimer();
          signal.removeEventListener("abort", finish);
          resolve();
        };
        const unsubscribe = subscribe(jobId, finish);
        const cancelTimer = clock.schedule(timeoutMs, finish);
        signal.addEventListener("abort", finish);
        if (signal.aborted) finish();
      }),

    /** How many listen: 0 proves that nothing was left behind. */
    size: () => listeners.size + listenersToAll.size,
  };
};

export type JobSignals = ReturnType<typeof createJobSignals>;
