/**
 * JSON in every encoding that Python reads.
 * @throws TypeError for bytes that are not text.
 */
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] !== 0;
  const codePoints = Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, littleEndian));
  return codePoints.map((codePoint) => String.fromCodePoint(codePoint)).join("");
};

const STRING_OR_NON_FINITE = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** A list of 2,000 models, each with a dozen fields, indented. */
const DOCUMENT_BOUNDS = { values: 100_000, depth: 100_000, steps: 2_000_000 };

/**
 * Also accepts Python's non-finite numbers. They become `Infinity`, which every number schema rejects.
 * @throws SyntaxError for anything else that is not JSON, for too many values and for nesting that is too deep.
 */
export const parseJson = (text: string): unknown => {
  if (boundJson(text, DOCUMENT_BOUNDS) !== text) throw new SyntaxError("too many values, or nested too deeply");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(STRING_OR_NON_FINITE, (token) => (token.startsWith('"') ? token : "1e999")));
  }
};

interface JsonBounds {
  /** Members and elements in all: 4 MiB of `[]` take 200 ms and 120 MiB to parse (measured). */
  values: number;
  depth: number;
  /** Characters outside strings, and quotes. */
  steps: number;
}

/**
 * The longest beginning of a JSON text that is within the bounds: cut at a comma, with its brackets closed. Takes time by
 * the bounds, not by the length of the text.
 */
export const boundJson = (text: string, { values, depth, steps }: JsonBounds): string => {
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
