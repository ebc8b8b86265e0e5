/** A surrogate pair counts as one. */
export const codePoints = (text: string): number => {
  if (!/[\ud800-\udbff]/.test(text)) return text.length;
  let pairs = 0;
  for (let at = 0; at < text.length; at++) {
    if ((text.codePointAt(at) ?? 0) < 0x10000) continue;
    pairs++;
    at++;
  }
  return text.length - pairs;
};

/** `text` without any `character` at its end. The pattern for it takes quadratic time where it does not end so. */
export const withoutEnd = (text: string, character: string): string => {
  let end = text.length;
  while (text[end - 1] === character) end--;
  return text.slice(0, end);
};

/** Control characters except tab and line feed, and those that reverse the reading order. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches control characters.
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

const BIDI = Array.from("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

const symbolFor = (code: number): number => {
  if (code < 0x20) return code === 0x09 || code === 0x0a ? code : 0x2400 + code;
  return (code >= 0x7f && code <= 0x9f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)
    ? 0xfffd
    : code;
};

/** Text for a terminal: control characters are replaced by visible symbols. */
export const printable = (text: string): string => {
  const lines = text.replaceAll("\r\n", "\n");
  if (lines.search(UNPRINTABLE) < 0) return lines;
  // A million callbacks of a pattern take 300 ms (measured).
  const units = new Uint16Array(lines.length);
  const bytes = Buffer.from(units.buffer);
  bytes.write(lines, "utf16le");
  for (let at = 0; at < units.length; at++) units[at] = symbolFor(units[at] ?? 0);
  return bytes.toString("utf16le");
};

/** JSON that `printable` does not change, so that it survives a round trip through a page. */
export const printableJson = (value: unknown): string =>
  BIDI.reduce((json, character) => json.replaceAll(character, escaped(character)), JSON.stringify(value)).replace(
    UNPRINTABLE,
    escaped,
  );

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins them.
const TERMINAL_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** A program's output for a page: without terminal sequences, the rest as `printable`. */
export const readable = (text: string): string => printable(text.replace(TERMINAL_SEQUENCES, ""));
