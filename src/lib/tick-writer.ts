/**
 * Gathers the lines of one tick of the event loop into one write; none is kept in memory for longer.
 *
 * @param write tells of its failures by itself, never by throwing.
 */
export const createTickWriter = (write: (text: string) => void) => {
  let held = "";
  let tickEnd: Promise<void> | undefined;

  const writeHeld = () => {
    const text = held;
    held = "";
    if (text !== "") write(text);
  };

  return {
    /** Resolves at the end of this tick, when the line has been written with the others. */
    add(line: string): Promise<void> {
      held += line;
      tickEnd ??= new Promise((resolve) => {
        setImmediate(() => {
          tickEnd = undefined;
          try {
            writeHeld();
          } finally {
            resolve();
          }
        });
      });
      return tickEnd;
    },
    /** At once, behind the lines that came before it. */
    addNow(line: string): void {
      held += line;
      writeHeld();
    },
  };
};
