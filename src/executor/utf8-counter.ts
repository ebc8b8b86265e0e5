import { isAscii } from "node:buffer";

/**
 * Counts the characters that decoding a byte stream would give, without decoding it: code points, and one replacement
 * character for each sequence that is broken, as the WHATWG decoder does.
 */
export const createUtf8Counter = () => {
  /** Bytes that the present sequence still lacks, and what the next of them may be. */
  let lacking = 0;
  let lowest = 0x80;
  let highest = 0xbf;

  const begin = (byte: number) => {
    lacking = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    // Overlong forms, surrogates, and what is beyond the last code point.
    lowest = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    highest = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  };

  return {
    /** @returns how many characters were completed. */
    append(chunk: Uint8Array): number {
      if (lacking === 0 && isAscii(chunk)) return chunk.length;
      let count = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (lacking > 0) {
          const goesOn = byte >= lowest && byte <= highest;
          lowest = 0x80;
          highest = 0xbf;
          if (goesOn) {
            if (--lacking === 0) count++;
            continue;
          }
          lacking = 0;
          count++;
        }
        if (byte >= 0xc2 && byte <= 0xf4) begin(byte);
        else count++;
      }
      return count;
    },
    /** @returns 1 for a sequence that the end of the stream has broken. */
    finish(): number {
      const isBroken = lacking > 0;
      lacking = 0;
      return Number(isBroken);
    },
  };
};
