/**
 * Keys with a known prefix: the prefix, the characters after it, and how many of them make it a key, in a text and in a
 * name. Names are no prose, so fewer are enough there, except after a prefix of ordinary names (`xai-responses`).
 */
const ISSUED_KEYS: readonly [prefix: string, rest: string, minLengthInText: number, minLengthInName: number][] = [
  ["sk-", String.raw`[\w-]`, 16, 8],
  ["[pr]k-", String.raw`[\w-]`, 24, 24],
  ["[spr]k_", String.raw`\w`, 28, 28],
  ["gh[pousr]_", String.raw`\w`, 20, 8],
  ["github_pat_", String.raw`\w`, 20, 8],
  ["glpat-", String.raw`[\w-]`, 16, 8],
  ["xox[abposr]-", String.raw`[\w-]`, 10, 8],
  ["AIza", String.raw`[\w-]`, 30, 8],
  ["A(?:KI|SI)A", "[A-Z0-9]", 16, 8],
  ["hf_", String.raw`[A-Za-z\d]`, 30, 30],
  ["gsk_", String.raw`[A-Za-z\d]`, 30, 30],
  ["npm_", String.raw`[A-Za-z\d]`, 30, 30],
  ["xai-", String.raw`[A-Za-z\d]`, 20, 20],
  ["nvapi-", String.raw`[\w-]`, 20, 20],
  ["tvly-", String.raw`[\w-]`, 16, 8],
];
const PRIVATE_KEY = String.raw`-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)`;
const JSON_WEB_TOKEN = String.raw`(?<![\w-])ey[JK][\w-]{8,}\.[\w-]{8,}\.[\w-]*`;
/** In an address, "bot" stands before it. */
const TELEGRAM_TOKEN = String.raw`(?<=\b(?:bot)?)\d{8,10}:[\w-]{35}\b`;

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

const ISSUED_IN_NAME = new RegExp(
  String.raw`\b(?:${ISSUED_KEYS.map(([prefix, rest, , min]) => `${prefix}${rest}{${min}}`).join("|")}|ey[JK]\w{8})`,
);
const PARAMETER = /(?:key|token|secret|passw(?:or)?d|sign(?:ature)?|auth)=./i;

/** Whether an id, a model or a vendor holds a key. Such names are public, however random they look. */
export const holdsKey = (name: string): boolean => ISSUED_IN_NAME.test(name) || PARAMETER.test(name);

/** Not as a part of a longer word: `secretary`, `api-keys`, `passwordless`. */
const SECRET_NAME = /(?:secret|passw(?:or)?d|api[-_]?key)(?![a-z]{1,12}(?![a-z\d]))|token[-_.:](?=[a-z]*\d)[a-z\d]{8}/i;
const ALPHANUMERIC_RUN = /[a-z\d]{16,}/gi;
const LONG_NAME = /^[\w.~+-]{32,}$/;
/** A piece of a name that people chose: `Llama`, `Qwen2`, `405b`, `v3`, `20240409`. */
const PLAIN_PIECE = /^(?:[A-Z]?[a-z]*|[A-Za-z]{0,16}\d{0,3}|\d{1,8}[A-Za-z]{0,2})$/;

/** Whether a segment of a path looks like a key or like a parameter that holds one. */
const looksSecret = (segment: string): boolean =>
  // A parameter, or the padding of Base64.
  segment.includes("=") ||
  holdsKey(segment) ||
  SECRET_NAME.test(segment) ||
  // Unlike words and version numbers, which come in short pieces, a key is one long run of letters and digits.
  (segment.match(ALPHANUMERIC_RUN) ?? []).some((run) => /\d/.test(run) && /[a-z]/i.test(run)) ||
  (LONG_NAME.test(segment) && !segment.split(/[._~+-]/).every((piece) => PLAIN_PIECE.test(piece)));

const MASK = "***";

/** Longer names are not taken; the predecessor stored any. */
const MAX_NAME_CHARS = 1024;

/** `a/sk-...` -> `a/***`: for ids, models and labels wherever they are logged. */
export const maskKeysInName = (text: string): string =>
  text
    .slice(0, MAX_NAME_CHARS)
    .split("/")
    .map((piece) => (holdsKey(decoded(piece)) ? MASK : piece))
    .join("/");

/** The segment after these is a name that its owner chose: `deployments/gpt4turbo20240409x`, `models/Qwen/Qwen3`. */
const BEFORE_NAME = /^(?:deployments?|engines|models?|(?:serving-)?endpoints|projects|accounts|publishers)$/i;
const BEFORE_OWNER = /^models?$/i;
const BEFORE_KEY = /^(?:(?:api|access)?[-_]?keys?|(?:access[-_]?)?tokens?|secrets?|passw(?:or)?d)$/i;
/** Not a version, as in `/token/v1beta1`. */
const KEY_VALUE = /^(?!v\d)(?=.*\d).{6}|.{16}/is;

/** No API's path is so deep: what follows is masked as a whole. */
const MAX_SEGMENTS = 32;

/** Masks the segments of a URL's path that hold a key: where a segment stands decides, then what it looks like. */
export const maskKeysInPath = (pathname: string): string => {
  const segments = pathname.split("/", MAX_SEGMENTS + 1);
  const isDeeper = segments.splice(MAX_SEGMENTS).length > 0;
  const isSecret = (segment: string, index: number): boolean => {
    const [before = "", owner = ""] = [segments[index - 1], segments[index - 2]];
    if (BEFORE_KEY.test(before) && KEY_VALUE.test(segment)) return true;
    return BEFORE_NAME.test(before) || BEFORE_OWNER.test(owner) ? holdsKey(segment) : looksSecret(segment);
  };
  const shown = segments.map((segment, index) => (isSecret(decoded(segment), index) ? MASK : segment));
  return [...shown, ...(isDeeper ? [MASK] : [])].join("/");
};

/** Byte by byte, since keys are ASCII. `decodeURIComponent` throws at a `%` alone, and a thousand exceptions take 5 ms. */
const decoded = unescape;
