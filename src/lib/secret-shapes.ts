import { attempt } from "./errors.ts";

/** Keys that their issuers made recognisable: the prefix, what the rest consists of, and how much of it a text needs. */
const ISSUED_KEYS: readonly [prefix: string, rest: string, minLengthInText: number][] = [
  ["sk-", String.raw`[\w-]`, 16],
  ["[pr]k-", String.raw`[\w-]`, 24],
  ["[spr]k_", String.raw`\w`, 28],
  ["gh[pousr]_", String.raw`\w`, 20],
  ["github_pat_", String.raw`\w`, 20],
  ["glpat-", String.raw`[\w-]`, 16],
  ["xox[abposr]-", String.raw`[\w-]`, 10],
  ["AIza", String.raw`[\w-]`, 30],
  ["A(?:KI|SI)A", "[A-Z0-9]", 16],
  ["hf_", String.raw`\w`, 30],
  ["gsk_", String.raw`\w`, 30],
  ["npm_", String.raw`\w`, 30],
  ["xai-", String.raw`[\w-]`, 20],
  ["nvapi-", String.raw`[\w-]`, 20],
  ["tvly-", String.raw`[\w-]`, 16],
];
const PRIVATE_KEY = String.raw`-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)`;
const JSON_WEB_TOKEN = String.raw`(?<![\w-])ey[JK][\w-]{8,}\.[\w-]{8,}\.[\w-]*`;
const TELEGRAM_TOKEN = String.raw`\b\d{8,10}:[\w-]{35}\b`;

/** Finds keys and tokens in text of any kind. */
export const tokenShapes = new RegExp(
  [
    PRIVATE_KEY,
    ...ISSUED_KEYS.map(([prefix, rest, minLength]) => String.raw`\b${prefix}${rest}{${minLength},}`),
    JSON_WEB_TOKEN,
    TELEGRAM_TOKEN,
  ].join("|"),
  "g",
);

/** A name (of a model, in a path) is no prose: less of a key is enough there. */
const ISSUED_IN_NAME = new RegExp(
  String.raw`\b(?:${ISSUED_KEYS.map(([prefix, rest]) => `${prefix}${rest}{8}`).join("|")}|ey[JK]\w{8})`,
);
const SECRET_NAME = /secret|passw(?:or)?d|api[-_]?key|token[-_.:]/i;
const ALPHANUMERIC_RUN = /[a-z\d]{16,}/gi;
const LONG_NAME = /^[\w.~+-]{32,}$/;

const MASK = "***";

/** Whether a piece of a path, an id or a model looks like a key or like a parameter that holds one. */
export const looksSecret = (piece: string): boolean =>
  // A parameter, or the padding of Base64.
  piece.includes("=") ||
  ISSUED_IN_NAME.test(piece) ||
  SECRET_NAME.test(piece) ||
  // Unlike words and version numbers, which come in short pieces, a key is one long run of letters and digits.
  (piece.match(ALPHANUMERIC_RUN) ?? []).some((run) => /\d/.test(run) && /[a-z]/i.test(run)) ||
  (LONG_NAME.test(piece) && [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(piece)).length > 1);

/** `a/sk-...` -> `a/***`: for paths as they are stored, and for ids and models wherever they are logged. */
export const maskSecretPieces = (text: string): string =>
  text
    .split("/")
    .map((piece) => (looksSecret(attempt(() => decodeURIComponent(piece), piece)) ? MASK : piece))
    .join("/");
