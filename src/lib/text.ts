/** Counts code points without allocating: a low surrogate after a high one belongs to it. */
export const codePoints = (text: string): number => {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
};

/** All but tab and line feed, and what turns the reading order around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Text for a terminal: a control character shows as its picture and does nothing. */
export const printable = (text: string): string =>
  text.replaceAll("\r\n", "\n").replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });

/** JSON in which nothing is left that `printable` would change: it comes back from a page as it went. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins them.
const TERMINAL_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** A program's output for a page: without the colours and moves it asks a terminal for, the rest as `printable`. */
export const readable = (text: string): string => printable(text.replace(TERMINAL_SEQUENCES, ""));
