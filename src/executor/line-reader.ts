/** Long enough for an event that carries a command's whole output (Codex cuts that at about 1 MiB, JSON may double it). */
const MAX_EVENT_CHARS = 4 * 1024 * 1024;
/** What is kept of any other line: a program may write gigabytes without a line break. */
const MAX_LINE_CHARS = 16 * 1024;
const CUT = "…";

const LINE_BREAK = 0x0a;
const BRACE = 0x7b;

interface LineReaderOptions {
  /** Gets the lines that a chunk has completed. */
  onLines(lines: string[]): void;
  /** False when only lines that begin with `{` are still of interest. */
  wantsPlain(): boolean;
}

/** Cuts a byte stream into lines of bounded length, and looks no closer at what nobody wants. */
export const createLineReader = ({ onLines, wantsPlain }: LineReaderOptions) => {
  const decoder = new TextDecoder();
  let line = "";
  let isCut = false;

  const extend = (text: string) => {
    if (isCut) return;
    line += text;
    if (line.length <= MAX_LINE_CHARS) return;
    const limit = line.startsWith("{") ? MAX_EVENT_CHARS : MAX_LINE_CHARS;
    if (line.length <= limit) return;
    line = line.slice(0, MAX_LINE_CHARS) + CUT;
    isCut = true;
  };

  const complete = (): string => {
    const completed = line;
    line = "";
    isCut = false;
    return completed;
  };

  const push = (text: string) => {
    const lines: string[] = [];
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      extend(text.slice(from, end));
      lines.push(complete());
      from = end + 1;
    }
    extend(text.slice(from));
    if (lines.length > 0) onLines(lines);
  };

  /** Whether the chunk can be passed over unread: the rest of a line that is cut, or lines that nobody wants. */
  const isIdle = (chunk: Uint8Array): boolean =>
    (isCut && !chunk.includes(LINE_BREAK)) || (!wantsPlain() && !line.startsWith("{") && !chunk.includes(BRACE));

  const passOver = (chunk: Uint8Array) => {
    decoder.decode();
    if (!chunk.includes(LINE_BREAK)) return;
    isCut = chunk.at(-1) !== LINE_BREAK;
    line = isCut ? CUT : "";
  };

  return {
    append: (chunk: Uint8Array) => (isIdle(chunk) ? passOver(chunk) : push(decoder.decode(chunk, { stream: true }))),
    /** The last line may lack its line break. */
    finish() {
      push(decoder.decode());
      if (line !== "") onLines([complete()]);
    },
  };
};
