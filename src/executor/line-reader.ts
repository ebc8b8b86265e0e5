/** Long enough for an event that carries a command's whole output (Codex cuts that at about 1 MiB, JSON may double it). */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** What is kept of any other line: a program may write gigabytes without a line break. */
const MAX_LINE_BYTES = 16 * 1024;
const CUT = "…";

const LINE_BREAK = 0x0a;
/** How each line of Codex's event stream begins. */
const EVENT_START = Buffer.from('{"type":');
const NEXT_EVENT = Buffer.concat([Buffer.of(LINE_BREAK), EVENT_START]);

interface LineReaderOptions {
  onLine(line: string): void;
  /** False when only lines of an event stream are still of interest. */
  wantsPlain(): boolean;
}

/**
 * Cuts a byte stream into lines of bounded length. What nobody wants never becomes a string: a flood would leave more
 * of them behind than the collector takes away.
 */
export const createLineReader = ({ onLine, wantsPlain }: LineReaderOptions) => {
  const decoder = new TextDecoder();
  /** What has come of the present line, and is kept of it. */
  let parts: Buffer[] = [];
  let length = 0;
  let isEvent: boolean | undefined;
  let isCut = false;

  const extend = (part: Buffer) => {
    if (isCut || part.length === 0) return;
    parts.push(part);
    length += part.length;
    if (isEvent === undefined && length >= EVENT_START.length) isEvent = startsEvent(whole());
    if (length <= (isEvent ? MAX_EVENT_BYTES : MAX_LINE_BYTES)) return;
    parts = [Buffer.concat(parts, MAX_LINE_BYTES)];
    isCut = true;
  };

  const whole = () => (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));

  /** Without the character that the cut went through. */
  const decodeBeginning = () => {
    const text = decoder.decode(whole(), { stream: true });
    decoder.decode();
    return text;
  };

  const complete = () => {
    if (isEvent || wantsPlain()) onLine(isCut ? decodeBeginning() + CUT : decoder.decode(whole()));
    parts = [];
    length = 0;
    isEvent = undefined;
    isCut = false;
  };

  return {
    /** The chunk's memory may be used anew once this returns. */
    append(chunk: Uint8Array) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let from = 0;
      for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, from)) {
        extend(bytes.subarray(from, end));
        complete();
        from = wantsPlain() ? end + 1 : nextEvent(bytes, end);
      }
      if (!isCut) extend(Buffer.from(bytes.subarray(from, from + MAX_EVENT_BYTES)));
    },
    /** The last line may lack its line break. */
    finish() {
      if (length > 0) complete();
    },
  };
};

const startsEvent = (line: Buffer): boolean => line.subarray(0, EVENT_START.length).equals(EVENT_START);

/** Where, at or after a line break, the next event begins, or the last line, which may become one. */
const nextEvent = (bytes: Buffer, lineBreak: number): number => {
  const found = bytes.indexOf(NEXT_EVENT, lineBreak);
  return (found >= 0 ? found : bytes.lastIndexOf(LINE_BREAK)) + 1;
};
