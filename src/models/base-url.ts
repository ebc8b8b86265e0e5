import { maskSecretPieces } from "@/lib/secret-shapes.ts";

export const MAX_URL_LENGTH = 2048;
const HTTP = /^https?:\/\//i;
const CONTROL = /\p{Cc}/u;
/** In "user:12/34@host" the host parses as "user:12": an @ that may end a password makes the whole unreadable. */
const AMBIGUOUS_AT = /^\/[^/]*@|[^/]@/;

/**
 * Reduces an address to scheme, host, port and path (contract); user, query and fragment go, and a path segment
 * that looks like a key becomes `***`.
 * @returns "" for whatever is not an http(s) address: never the raw text.
 */
export const reduceBaseUrl = (text: string): string => {
  // `new URL` deletes line breaks, gluing what follows into the path, so they are refused before it sees them.
  if (!HTTP.test(text) || CONTROL.test(text) || text.length > MAX_URL_LENGTH || !text.isWellFormed()) return "";
  const url = URL.parse(text);
  if (!url || AMBIGUOUS_AT.test(url.pathname + url.search + url.hash)) return "";
  const path = maskSecretPieces(url.pathname);
  return url.origin + (path === "/" && !hasPath(text) ? "" : path);
};

/** `https://host` parses with the path `/`, which its owner did not write. */
const hasPath = (text: string): boolean => /^https?:\/\/[^/?#\\]*[/\\]/i.test(text);
