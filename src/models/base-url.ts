const MAX_LENGTH = 2048;
const HTTP = /^https?:\/\//i;
const CONTROL = /\p{Cc}/u;
/** In "user:12/34@host" the host parses as "user:12": an @ that may end a password makes the whole unreadable. */
const AMBIGUOUS_AT = /^\/[^/]*@|[^/]@/;

/**
 * Reduces an address to scheme, host, port and path (contract B11); user, query and fragment go, and a path segment
 * that looks like a key becomes `***`.
 * @returns "" for whatever is not an http(s) address: never the raw text.
 */
export const reduceBaseUrl = (text: string): string => {
  // `new URL` deletes line breaks, gluing what follows into the path, so they are refused before it sees them.
  if (!HTTP.test(text) || CONTROL.test(text) || text.length > MAX_LENGTH || !text.isWellFormed()) return "";
  const url = URL.parse(text);
  if (!url || AMBIGUOUS_AT.test(url.pathname + url.search + url.hash)) return "";
  const path = url.pathname.split("/").map(maskSegment).join("/");
  return url.origin + (path === "/" && !hasPath(text) ? "" : path);
};

/** `https://host` parses with the path `/`, which its owner did not write. */
const hasPath = (text: string): boolean => /^https?:\/\/[^/?#\\]*[/\\]/i.test(text);

const maskSegment = (segment: string): string => (looksSecret(decoded(segment)) ? "***" : segment);

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** Beginnings that issuers gave their keys, with enough behind them to be one. */
const ISSUED =
  /\b(?:(?:sk|pk|rk|xai|nvapi|tvly|glpat|xox[abposr])-[\w.-]{8}|(?:sk|pk|rk|gsk|hf|npm|gh[opusr]|github_pat)_\w{8}|AIza[\w-]{8}|ey[JK]\w{8})/;
const NAMED = /secret|passw(?:or)?d|api[-_]?key|token[-_.:]/i;
/** Unlike words and version numbers, which come in short pieces, a key is one long piece of letters and digits. */
const LONG_PIECE = /(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{16,}/i;
const LONG = /^[\w.~+-]{32,}$/;

const looksSecret = (segment: string): boolean =>
  // A parameter, or the end of Base64.
  segment.includes("=") ||
  ISSUED.test(segment) ||
  NAMED.test(segment) ||
  LONG_PIECE.test(segment) ||
  (LONG.test(segment) && isMixed(segment));

const isMixed = (text: string): boolean => [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length > 1;
