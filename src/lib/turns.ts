/** Resolves in the next turn of the event loop: what came in meanwhile is served first. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Runs pieces of work that take milliseconds in turns of their own, one in each, in the order they come: sixty-four
 * readers of a full journal at once would hold every other request for two seconds (measured).
 */
export const createTurns = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    const result = last.then(nextTurn).then(work);
    last = result.catch(() => {});
    return result;
  };
};

export type Turns = ReturnType<typeof createTurns>;
