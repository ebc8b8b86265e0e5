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

/**
 * Also accepts Python's non-finite numbers. They become `Infinity`, which every number schema rejects.
 * @throws SyntaxError for anything else that is not JSON, and for nesting that is too deep.
 */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError("nested too deeply");
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(STRING_OR_NON_FINITE, (token) => (token.startsWith('"') ? token : "1e999")));
  }
};
