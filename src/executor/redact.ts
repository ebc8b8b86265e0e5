import { tokenShapes } from "@/lib/secret-shapes.ts";

const MASK = "********";
const MASK_PATTERN = String.raw`\*{8}`;

// Each pattern takes time linear in the text: what may repeat is bounded, or begins at one place only.

/** Prefix names (`OPENAI_API_KEY`, `access_token`) count; a word that merely begins so (`tokens`) does not. */
const SECRET_NAME = String.raw`(?<![\w.-])[\w.-]*(?:token|(?:api|access|private)[_-]?key|secret|password|passwd|cookie)`;
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'|[^\s;"'[}\]\\]+`;

const QUOTED_KEY = new RegExp(String.raw`(["'])(${SECRET_NAME})\1(\s*:\s*)(?:${VALUE})`, "gi");
const ASSIGNMENT = new RegExp(String.raw`(${SECRET_NAME})\s*[:=]\s*(?!${MASK_PATTERN})(?:${VALUE})`, "gi");
/** JSON within a JSON text: its quotes are escaped. */
const ESCAPED_QUOTE = String.raw`\\{1,15}"`;
const ESCAPED_KEY = new RegExp(
  String.raw`(${ESCAPED_QUOTE})(${SECRET_NAME})${ESCAPED_QUOTE}(\s*:\s*)${ESCAPED_QUOTE}[^"\\]*${ESCAPED_QUOTE}`,
  "gi",
);
const LIST_VALUE = new RegExp(String.raw`(["'])(${SECRET_NAME})\1(\s*:\s*)\[{1,9}[^\][]*\]`, "gi");
const OPTION = /(--(?:[\w-]{0,60}-)?(?:token|api-key|secret|password))\s+(?!-)[^\s"']+/gi;
const COOKIE_HEADER = /\b((?:set-)?cookie):[^\r\n]*/gi;
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]{3,}/gi;
const URL_USERINFO = /(:\/\/)[^\s/@]+@/g;

/** Masks what looks like a secret in text that a program wrote (contract), and `ownSecrets` in every encoding. */
export const createRedactor = (ownSecrets: readonly string[]) => {
  const ownValues = ownSecretPattern(ownSecrets);

  return (text: string): string => {
    const withoutOwn = ownValues ? text.replace(ownValues, MASK) : text;
    return withoutOwn
      .replace(tokenShapes, MASK)
      .replace(COOKIE_HEADER, `$1=${MASK}`)
      .replace(ESCAPED_KEY, `$1$2$1$3$1${MASK}$1`)
      .replace(LIST_VALUE, `$1$2$1$3["${MASK}"]`)
      .replace(OPTION, `$1 ${MASK}`)
      .replace(QUOTED_KEY, `$1$2$1$3"${MASK}"`)
      .replace(ASSIGNMENT, `$1=${MASK}`)
      .replace(AUTHORIZATION, `$1 ${MASK}`)
      .replace(URL_USERINFO, `$1${MASK}@`);
  };
};

export type Redactor = ReturnType<typeof createRedactor>;

/** Shorter ones would hide half of a text. */
const MIN_SECRET_CHARS = 8;

/**
 * Finds `secrets` plain, URL-encoded, within a JSON string, in hex, and in base64 at each of its three alignments
 * (within a longer text too, and broken into lines). undefined for none.
 */
const ownSecretPattern = (secrets: readonly string[]): RegExp | undefined => {
  const usable = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET_CHARS);
  const sources = new Set(usable.flatMap((secret) => [...plainForms(secret), ...encodedForms(secret)]));
  return sources.size > 0 ? new RegExp([...sources].join("|"), "g") : undefined;
};

const plainForms = (secret: string): string[] => [
  escapeForRegExp(secret),
  escapeForRegExp(JSON.stringify(secret).slice(1, -1)),
  [...Buffer.from(secret)].map(urlByte).join(""),
];

/** Plain or encoded, in hex of either case. */
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

/** The characters that depend on `bytes` alone when `offset` bytes precede them and any number follow. */
const base64Core = (bytes: Uint8Array, offset: number): string => {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
};

/** Either alphabet, as `base64` and `base64url` write it. */
const base64Char = (character: string): string => ({ "+": "[+-]", "/": "[/_]" })[character] ?? character;

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
