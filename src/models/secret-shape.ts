/** Beginnings that issuers gave their keys, with enough behind them to be one. */
const ISSUED =
  /\b(?:(?:sk|pk|rk|xai|nvapi|tvly|glpat|xox[abposr])-[\w.-]{8}|(?:sk|pk|rk|gsk|hf|npm|gh[opusr]|github_pat)_\w{8}|AIza[\w-]{8}|ey[JK]\w{8})/;
const NAMED = /secret|passw(?:or)?d|api[-_]?key|token[-_.:]/i;
/** Unlike words and version numbers, which come in short pieces, a key is one long piece of letters and digits. */
const LONG_PIECE = /(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}/i;
const LONG = /^[\w.~+-]{32,}$/;

const MASK = "***";

/** Whether a piece of a path, an id or a model looks like a key or like a parameter that holds one. */
export const looksSecret = (piece: string): boolean =>
  // A parameter, or the end of Base64.
  piece.includes("=") ||
  ISSUED.test(piece) ||
  NAMED.test(piece) ||
  LONG_PIECE.test(piece) ||
  (LONG.test(piece) && isMixed(piece));

const isMixed = (text: string): boolean => [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length > 1;

/** `a/sk-...` -> `a/***`: for paths as they are stored, and for ids and models wherever they are logged. */
export const maskSecretPieces = (text: string): string =>
  text
    .split("/")
    .map((piece) => (looksSecret(decoded(piece)) ? MASK : piece))
    .join("/");

const decoded = (piece: string): string => {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
};
