/**
 * Shares one reading of the world outside among all who ask within a tick of the event loop. Requests of one tick had
 * all come before the first of them was looked at, so that none is told of a time before it.
 */
export const oncePerTick = <T>(read: () => T): (() => T) => {
  let shared: { value: T } | undefined;
  return () => {
    if (shared === undefined) {
      shared = { value: read() };
      setImmediate(() => {
        shared = undefined;
      });
    }
    return shared.value;
  };
};
