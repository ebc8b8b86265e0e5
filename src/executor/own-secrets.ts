/** Shorter ones would hide half of a text. */
const MIN_SECRET_CHARS = 8;

/**
 * Finds `secrets` as they are and in the clothes that a command gives them: base64 at each of its three alignments
 * (within a longer text too, and broken into lines), hex, URL-encoded and within a JSON string. undefined for none.
 */
export const ownSecretPattern = (secrets: readonly string[]): RegExp | undefined => {
  const usable = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET_CHARS);
  const sources = new Set(usable.flatMap((secret) => [...plainForms(secret), ...encodedForms(secret)]));
  return sources.size > 0 ? new RegExp([...sources].join("|"), "g") : undefined;
};

const plainForms = (secret: string): string[] => [
  escapeForRegExp(secret),
  escapeForRegExp(JSON.stringify(secret).slice(1, -1)),
  // What must be encoded is, in hex of either case; what need not be may be.
  [...Buffer.from(secret)].map(urlByte).join(""),
];

const urlByte = (byte: number): string => {
  const plain = String.fromCharCode(byte);
  const encoded = `%${anyCase(byte.toString(16).padStart(2, "0"))}`;
  return /[\w.~!*'()-]/.test(plain) ? `(?:${escapeForRegExp(plain)}|${encoded})` : encoded;
};

const encodedForms = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const hex = [...bytes.toString("hex")].map(anyCase);
  return [...[0, 1, 2].map((offset) => [...base64Core(bytes, offset)].map(base64Char)), hex].map((characters) =>
    characters.join(LINE_BREAK),
  );
};

/** `base64` and `xxd` break their output into lines. */
const LINE_BREAK = String.raw`(?:\r?\n)?`;

/** The characters that `bytes` alone decide when `offset` other bytes, and any number of later ones, stand around them. */
const base64Core = (bytes: Uint8Array, offset: number): string => {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
};

/** Either alphabet, as `base64` and `base64url` write it. */
const base64Char = (character: string): string => ({ "+": "[+-]", "/": "[/_]" })[character] ?? character;

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
