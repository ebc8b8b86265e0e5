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

/** The first `limit` characters; a surrogate pair counts as one. */
export const firstChars = (text: string, limit: number): string =>
  Array.from(text.slice(0, 2 * limit))
    .slice(0, limit)
    .join("");

const ELLIPSIS_BYTES = 3;

/** At most `maxBytes` of UTF-8; what was cut ends with an ellipsis. */
export const cutBytes = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, maxBytes - ELLIPSIS_BYTES), { stream: true })}…`;
};

/** `text` without any `character` at its end; a pattern such as `/+$` takes quadratic time. */
export const withoutEnd = (text: string, character: string): string => {
  let end = text.length;
  while (text[end - 1] === character) end--;
  return text.slice(0, end);
};

/** Control characters except tab and line feed, and those that reverse the reading order. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches control characters.
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const unprintables = Array.from({ length: 0x2070 }, (_, code) => String.fromCharCode(code)).filter((character) =>
  UNPRINTABLE.test(character),
);

/** One pass for each character, as a million callbacks of a pattern take 300 ms (measured). */
const replaceUnprintable = (text: string, toShown: (code: number) => string): string =>
  UNPRINTABLE.test(text)
    ? unprintables.reduce((shown, character) => shown.replaceAll(character, toShown(character.charCodeAt(0))), text)
    : text;

/** Text for a terminal: control characters are replaced by visible symbols. */
export const printable = (text: string): string =>
  replaceUnprintable(text.replaceAll("\r\n", "\n"), (code) =>
    code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd",
  );

/** JSON that `printable` does not change, so that it survives a round trip through a page. */
export const printableJson = (value: unknown): string =>
  replaceUnprintable(JSON.stringify(value), (code) => `\\u${code.toString(16).padStart(4, "0")}`);

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins them.
const TERMINAL_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** A program's output for a page: without terminal sequences, the rest as `printable`. */
export const readable = (text: string): string => printable(text.replace(TERMINAL_SEQUENCES, ""));
