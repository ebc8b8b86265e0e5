/** JSON in every encoding that Python reads. @throws TypeError for bytes that are not text. */
export const decodeJsonText = (bytes: Uint8Array): string => {
  const encoding = encodingOf(bytes);
  const text = encoding === "utf-32" ? decodeUtf32(bytes) : new TextDecoder(encoding, { fatal: true }).decode(bytes);
  return text.replace(/^\uFEFF+/, "");
};

/** RFC 4627 section 3: JSON begins with two ASCII characters, so zero bytes among the first four identify it. */
const encodingOf = (bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "utf-32" => {
  const [a, b, c, d] = bytes;
  if (a === 0 && b === 0) return "utf-32";
  if (a === 0 || (a === 0xfe && b === 0xff)) return "utf-16be";
  if (b !== 0 && !(a === 0xff && b === 0xfe)) return "utf-8";
  return c === 0 && d === 0 ? "utf-32" : "utf-16le";
};

const decodeUtf32 = (bytes: Uint8Array): string => {
  if (bytes.length % 4 !== 0) throw new TypeError("truncated UTF-32");
  const isBigEndian = bytes[0] === 0;
  const copy = new Uint8Array(bytes);
  if (isBigEndian) Buffer.from(copy.buffer).swap32();
  const codePoints = new Uint32Array(copy.buffer);
  let text = "";
  for (let at = 0; at < codePoints.length; at += 4096) {
    text += Reflect.apply(String.fromCodePoint, String, codePoints.subarray(at, at + 4096));
  }
  return text;
};

const NON_FINITE = /-?\bInfinity\b|\bNaN\b/g;

/** Room for a list of 2,000 models, each with twenty fields, indented. */
const DOCUMENT_BOUNDS = {
  /** Members and elements in all: 4 MiB of `[]` take 200 ms and 120 MiB to parse (measured). */
  values: 40_000,
  depth: 100_000,
  /** Characters outside strings, and quotes. */
  steps: 2_000_000,
};

/**
 * Also accepts Python's non-finite numbers. They become `Infinity`, which every number schema rejects.
 * @throws SyntaxError for anything else that is not JSON, RangeError for too many values and too deep nesting.
 */
export const parseJson = (text: string): unknown => {
  if (boundJson(text, DOCUMENT_BOUNDS) !== text) throw new RangeError("too many values, or nested too deeply");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(withoutNonFinite(text));
  }
};

/** By hand: a pattern that skips strings takes 2 s for 8 MiB of escaped quotes, this takes 0.3 s (measured). */
const withoutNonFinite = (text: string): string => {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const start = quote < 0 ? text.length : quote;
    const end = quote < 0 ? start : endOfString(text, quote);
    parts.push(text.slice(at, start).replace(NON_FINITE, "1e999"), text.slice(start, end));
    at = end;
  }
  return parts.join("");
};

/** The index after the quote that ends the string; the text's length without one. */
const endOfString = (text: string, quote: number): number => {
  let at = quote;
  do at = text.indexOf('"', at + 1);
  while (isEscaped(text, at));
  return at < 0 ? text.length : at + 1;
};

/** The longest beginning within the bounds, cut at a comma, its brackets closed. Its time depends on them alone. */
export const boundJson = (text: string, { values, depth, steps }: typeof DOCUMENT_BOUNDS): string => {
  const open: string[] = [];
  let lastComma = 0;
  let openedSinceComma = 0;
  let closedSinceComma = "";
  let commas = 0;
  for (let at = 0, step = 0; at < text.length; at++, step++) {
    switch (text[at]) {
      case '"':
        do {
          at = text.indexOf('"', at + 1);
          step++;
        } while (isEscaped(text, at) && step < steps);
        if (at < 0) return text;
        break;
      case "{":
      case "[":
        open.push(text[at] === "{" ? "}" : "]");
        openedSinceComma++;
        break;
      case "}":
      case "]":
        if (openedSinceComma > 0) openedSinceComma--;
        else closedSinceComma += text[at];
        open.pop();
        break;
      case ",":
        lastComma = at;
        openedSinceComma = 0;
        closedSinceComma = "";
        commas++;
    }
    if (commas <= values && open.length <= depth && step < steps) continue;
    const stillOpen = open.slice(0, open.length - openedSinceComma).toReversed();
    return text.slice(0, lastComma) + closedSinceComma + stillOpen.join("");
  }
  return text;
};

/** Whether an odd number of backslashes is before it. */
const isEscaped = (text: string, at: number): boolean => {
  let from = at;
  while (text[from - 1] === "\\") from--;
  return (at - from) % 2 === 1;
};
