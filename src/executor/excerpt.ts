import { isAscii } from "node:buffer";
import { codePoints, firstChars } from "@/lib/text.ts";

/** Masking looks this far beyond a cut: a secret across it is then found whole. */
const MASK_MARGIN_CHARS = 4_000;

/** The beginning of a text of any length; lengths are in code points. */
export const headOf = (text: string) => ({
  kept: text,
  length: codePoints(text),
  blanksAtEnd: text.length - text.trimEnd().length,
});

export type TextHead = ReturnType<typeof headOf>;

export const noText = headOf("");

/** A code point is at most two units, so this keeps no fewer than `limit` and the margin. */
const unitsFor = (limit: number): number => (limit + MASK_MARGIN_CHARS) * 2;

/** Appends `added`, and keeps what an excerpt of `limit` code points needs. */
export const extendHead = (head: TextHead, added: TextHead, limit: number): TextHead => ({
  kept: head.kept + added.kept.slice(0, Math.max(0, unitsFor(limit) - head.kept.length)),
  length: head.length + added.length,
  blanksAtEnd: added.blanksAtEnd === added.length ? head.blanksAtEnd + added.length : added.blanksAtEnd,
});

export const isFull = (head: TextHead, limit: number): boolean => head.kept.length >= unitsFor(limit);

/**
 * What `extendHead` needs of bytes once the head is full. They are not decoded: the strings of a flood would take up to
 * 15 MiB before they are collected. Bytes that are no UTF-8 are counted roughly.
 */
export const countedOnly = (bytes: Uint8Array): TextHead => {
  let length = bytes.length;
  if (!isAscii(bytes)) for (const byte of bytes) if ((byte & 0xc0) === 0x80) length--;
  const end = bytes.findLastIndex((byte) => !ASCII_BLANKS.includes(byte)) + 1;
  return { kept: "", length, blanksAtEnd: end === 0 ? length : bytes.length - end };
};

const ASCII_BLANKS = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d];

/** Trims, masks, and cuts to `limit` code points with the contract's suffix: `N` is how many were cut. */
export const excerpt = (head: TextHead, limit: number, mask: (text: string) => string): string => {
  const kept = head.kept.trimStart();
  const length = head.length - (head.kept.length - kept.length) - head.blanksAtEnd;
  if (length <= limit) return mask(kept.trimEnd());
  const whole = kept.slice(0, unitsFor(limit));
  const shown = firstChars(whole, limit);
  return `${maskBeginning(shown, whole, mask)}\n...[truncated ${length - limit} chars]`;
};

/** Masks `shown`, the beginning of `whole`. Where the two masked texts differ, a secret spans the cut: it is hidden. */
const maskBeginning = (shown: string, whole: string, mask: (text: string) => string): string => {
  const maskedWhole = mask(whole);
  if (maskedWhole === whole) return shown;
  const maskedShown = mask(shown);
  if (maskedWhole.startsWith(maskedShown)) return maskedShown;
  let common = 0;
  while (maskedShown[common] === maskedWhole[common]) common++;
  return `${maskedShown.slice(0, common)}********`;
};
