import type { Config } from "@/config.ts";
import { tokenShapes } from "@/lib/secret-shapes.ts";

const MASK = "********";

// Each pattern takes time linear in the text (test/unit/patterns.test.ts): what may repeat begins at one place only.

/** Prefix names (`OPENAI_API_KEY`, `access_token`) count; a word that merely begins so (`tokens`) does not. */
const NAME = String.raw`(?<![\w.-])[\w.-]*(?:token|(?:api|access|private)[_-]?key|secret|password|passwd|cookie)`;
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'|[^\s;"'[}\]\\]+`;
/** JSON within a JSON text: its quotes are escaped. */
const ESCAPED = String.raw`(?<!\\)\\+"`;

const RULES: readonly [pattern: RegExp, replacement: string][] = [
  [tokenShapes, MASK],
  [/\b((?:set-)?cookie):[^\r\n]*/gi, `$1=${MASK}`],
  [
    new RegExp(String.raw`(${ESCAPED})(${NAME})${ESCAPED}(\s*:\s*)${ESCAPED}[^"\\]*${ESCAPED}`, "gi"),
    `$1$2$1$3$1${MASK}$1`,
  ],
  [new RegExp(String.raw`(["'])(${NAME})\1(\s*:\s*)\[{1,9}[^\][]*\]`, "gi"), `$1$2$1$3["${MASK}"]`],
  // The lookbehind comes after a blank, so that no run of letters and dashes is scanned twice.
  [/(token|api-key|secret|password)(?=\s)(?<=--(?:[\w-]*-)?\1)\s+(?!-)[^\s"']+/gi, `$1 ${MASK}`],
  [new RegExp(String.raw`(["'])(${NAME})\1(\s*:\s*)(?:${VALUE})`, "gi"), `$1$2$1$3"${MASK}"`],
  // "Failed to refresh token: 401 Unauthorized" holds no secret.
  [new RegExp(String.raw`(${NAME})\s*[:=]\s*(?!\*{8}|\d{3}(?!\S))(?:${VALUE})`, "gi"), `$1=${MASK}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{3,}/gi, `$1 ${MASK}`],
  [/(:\/\/)[^\s/@]+@/g, `$1${MASK}@`],
];

/** Shorter ones would hide half of a text. */
const MIN_SECRET_CHARS = 8;

/** Masks `ownSecrets` in every encoding, and nothing else. */
export const createOwnMask = (ownSecrets: readonly string[]) => {
  const usable = ownSecrets.filter((secret) => secret.length >= MIN_SECRET_CHARS);
  // The empty lookahead matches nothing.
  const ownForms = new RegExp([...new Set(usable.flatMap(formsOf))].join("|") || "(?!)", "g");
  return (text: string): string => text.replace(ownForms, MASK);
};

/** Masks what looks like a secret in text that a program wrote (contract), and `ownSecrets` in every encoding. */
export const createRedactor = (ownSecrets: readonly string[]) => {
  const maskOwn = createOwnMask(ownSecrets);
  return (text: string): string =>
    RULES.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), maskOwn(text));
};

/** The service's own, and the keys that are passed to Codex. */
export const secretsOf = ({ apiToken, gateway, backupGateway, notify, executor, environment }: Config): string[] => {
  const keyNames = ["OPENAI_API_KEY", "CODEX_API_KEY", ...executor.passEnv];
  const keys = keyNames.map((name) => environment[name] ?? "");
  const { astrbot, webhook } = notify;
  const notifyKeys = [astrbot.key, ...(webhook ? [webhook.secret, ...keysInUrl(webhook.url)] : [])];
  return [apiToken, gateway.token, backupGateway?.token ?? "", ...notifyKeys, ...keys];
};

/** A robot's key is a value of the query, or a part of the path: never an ordinary word. */
const keysInUrl = (url: string): string[] => {
  const { pathname, searchParams } = new URL(url);
  const parts = pathname.split("/").filter((part) => part.length >= (/\d/.test(part) ? MIN_SECRET_CHARS : 16));
  // Telegram's path has "bot" before the token.
  return [url, ...parts.map((part) => part.replace(/^bot(?=\d)/, "")), ...searchParams.values()];
};

export type Redactor = ReturnType<typeof createRedactor>;

/**
 * Patterns for a secret: plain, within a JSON string, URL-encoded, in hex, and in base64 at each of its three alignments
 * (within a longer text too). `base64` and `xxd` break their output into lines.
 */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  return [
    RegExp.escape(secret),
    RegExp.escape(JSON.stringify(secret).slice(1, -1)),
    Array.from(bytes, urlByte).join(""),
    ...[0, 1, 2].map((offset) => Array.from(base64Core(bytes, offset), base64Char).join(LINE_BREAK)),
    Array.from(bytes.toString("hex"), anyCase).join(LINE_BREAK),
  ];
};

const LINE_BREAK = String.raw`(?:\r?\n)?`;

/** Plain or encoded, in hex of either case. */
const urlByte = (byte: number): string => {
  const plain = String.fromCharCode(byte);
  const encoded = `%${anyCase(byte.toString(16).padStart(2, "0"))}`;
  return /[\w.~!*'()-]/.test(plain) ? `(?:${RegExp.escape(plain)}|${encoded})` : encoded;
};

/** The characters that depend on `bytes` alone when `offset` bytes precede them and any number follow. */
const base64Core = (bytes: Uint8Array, offset: number): string => {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  return padded.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
};

/** Either alphabet, as `base64` and `base64url` write it. */
const base64Char = (character: string): string => ({ "+": "[+-]", "/": "[/_]" })[character] ?? character;

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
