import type { TextHead } from "./bounded-text.ts";

/**
 * Trims, masks, and cuts to `limit` code points with the contract's suffix, `N` being the characters cut.
 * Masking sees past the cut, so that a secret across it does not survive as its first half.
 */
export const excerpt = (text: TextHead, limit: number, mask: (text: string) => string): string => {
  const length = text.length - text.blanksAfterLength;
  if (length <= limit) return mask(text.kept.trimEnd());
  const head = firstCodePoints(text.kept, limit);
  return `${maskHead(head, text.kept, mask)}\n...[truncated ${length - limit} chars]`;
};

/** Masks `head`, the beginning of `whole`; where the two readings part, something spans the cut and is hidden. */
const maskHead = (head: string, whole: string, mask: (text: string) => string): string => {
  const maskedHead = mask(head);
  const maskedWhole = mask(whole);
  if (maskedWhole.startsWith(maskedHead)) return maskedHead;
  let common = 0;
  while (maskedHead[common] === maskedWhole[common]) common++;
  return `${maskedHead.slice(0, common)}********`;
};

const firstCodePoints = (text: string, count: number): string => {
  let units = 0;
  for (let n = 0; n < count && units < text.length; n++) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, units);
};
