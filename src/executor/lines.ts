/** An event may carry a command's whole output (Codex cuts that at about 1 MiB, JSON may double it). */
const MAX_EVENT_LINE_BYTES = 4 * 1024 * 1024;
const MAX_PLAIN_LINE_BYTES = 16 * 1024;

/** How each line of Codex's event stream begins. */
export const EVENT_START = '{"type":';
const BRACE = 0x7b;
const NOTHING = Buffer.alloc(0);

/** Splits bytes into lines of bounded length. While no plain lines are wanted, only events are decoded. */
export const createLineSplitter = (onLine: (line: string) => void, wantsPlain: () => boolean) => {
  let line = NOTHING;
  /** Holds `line`, with room for more: a line may come byte by byte. Kept for the next one, which may be as long. */
  let space = line;
  let isCut = false;

  const extend = (part: Buffer) => {
    if (isCut) return;
    const length = line.length + part.length;
    if (length > space.length) {
      space = Buffer.alloc(Math.max(length, 2 * space.length));
      line.copy(space);
    }
    part.copy(space, line.length);
    line = space.subarray(0, length);
    isCut = length > (isEvent(line) ? MAX_EVENT_LINE_BYTES : MAX_PLAIN_LINE_BYTES);
    if (isCut) line = line.subarray(0, MAX_PLAIN_LINE_BYTES);
  };
  const end = () => {
    // A cut may leave a part of a character.
    const text = isCut ? `${line.toString().replace(/\ufffd$/, "")}…` : line.toString();
    if (wantsPlain() || isEvent(line)) onLine(text);
    line = NOTHING;
    isCut = false;
  };

  return {
    append(chunk: Uint8Array) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let from = 0;
      for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", from)) {
        extend(bytes.subarray(from, at));
        end();
        from = at + 1;
        if (wantsPlain()) continue;
        // Skips to the next event, or to the last line, which may become one.
        const event = bytes.indexOf(`\n${EVENT_START}`, at);
        from = (event >= 0 ? event : bytes.lastIndexOf("\n")) + 1;
      }
      extend(bytes.subarray(from));
    },
    /** The last line may lack its line break. */
    finish() {
      if (line.length > 0) end();
    },
  };
};

/** The first byte is checked before a string is made: 64 KiB of line breaks take 15 ms instead of 50. */
const isEvent = (line: Buffer): boolean =>
  line[0] === BRACE && line.toString("latin1", 0, EVENT_START.length) === EVENT_START;
