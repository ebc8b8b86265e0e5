/** Tells whoever waits for news of a job that there is some. Says nothing of what it is: the reader looks for itself. */
export const createJobSignals = () => {
  const listeners = new Map<string, Set<() => void>>();
  const listenersToAll = new Set<() => void>();

  return {
    notify(jobId: string): void {
      for (const listener of [...(listeners.get(jobId) ?? []), ...listenersToAll]) listener();
    },
    /** @returns the way to stop listening, after which nothing is kept of the listener. */
    subscribe(jobId: string, listener: () => void): () => void {
      const forJob = listeners.get(jobId) ?? new Set();
      listeners.set(jobId, forJob.add(listener));
      return () => {
        forJob.delete(listener);
        if (forJob.size === 0) listeners.delete(jobId);
      };
    },
    /** As `subscribe`, for news of any job. */
    subscribeToAll(listener: () => void): () => void {
      listenersToAll.add(listener);
      return () => void listenersToAll.delete(listener);
    },
    /** How many listen: 0 proves that nothing was left behind. */
    size: () => listeners.size + listenersToAll.size,
  };
};

export type JobSignals = ReturnType<typeof createJobSignals>;
