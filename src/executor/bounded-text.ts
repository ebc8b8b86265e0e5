import { isAscii } from "node:buffer";
import { codePoints } from "@/text.ts";

/** The beginning of a text of any length; lengths are in code points. */
export interface TextHead {
  /** Blanks before the first word, as many as are kept. */
  blanksBefore: string;
  blanksBeforeLength: number;
  /** From the first word on: what is kept. */
  kept: string;
  /** From the first word on: all there was, blanks at the end included. */
  length: number;
  blanksAfterLength: number;
}

/** Decodes a byte stream and keeps only its beginning, however long it gets. */
export interface BoundedText {
  append(chunk: Uint8Array): void;
  read(): TextHead;
}

/** @param limit code points to keep, at the least. */
export const createBoundedText = (limit: number): BoundedText => {
  const decoder = new TextDecoder();
  const text: TextHead = { blanksBefore: "", blanksBeforeLength: 0, kept: "", length: 0, blanksAfterLength: 0 };

  const addWords = (words: string) => {
    text.kept = extend(text.kept, words, limit);
    const size = codePoints(words);
    const blanks = size - codePoints(words.trimEnd());
    text.blanksAfterLength = blanks === size ? text.blanksAfterLength + size : blanks;
    text.length += size;
  };

  const add = (added: string) => {
    if (text.length > 0) return addWords(added);
    const words = added.trimStart();
    const blanks = added.slice(0, added.length - words.length);
    text.blanksBefore = extend(text.blanksBefore, blanks, limit);
    text.blanksBeforeLength += codePoints(blanks);
    addWords(words);
  };

  /** What is only counted need not be decoded: a program may write gigabytes. */
  const count = (chunk: Uint8Array) => {
    add(decoder.decode());
    const blanks = trailingBlanks(chunk);
    text.blanksAfterLength = blanks === chunk.length ? text.blanksAfterLength + blanks : blanks;
    text.length += isAscii(chunk) ? chunk.length : chunk.reduce((n, byte) => n + Number((byte & 0xc0) !== 0x80), 0);
  };

  return {
    append: (chunk) => (text.kept.length < limit * 2 ? add(decoder.decode(chunk, { stream: true })) : count(chunk)),
    read() {
      add(decoder.decode());
      return text;
    },
  };
};

const ASCII_BLANKS = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d];

const trailingBlanks = (chunk: Uint8Array): number => {
  let count = 0;
  while (count < chunk.length && ASCII_BLANKS.includes(chunk[chunk.length - 1 - count] ?? 0)) count++;
  return count;
};

/** A code point is at most two units, so this keeps no fewer than `limit` of them. */
const extend = (kept: string, added: string, limit: number): string =>
  kept.length < limit * 2 ? kept + added.slice(0, limit * 2 - kept.length) : kept;

/** @param limit code points to keep, at the least; all of them unless told. */
export const headOf = (whole: string, limit = whole.length): TextHead => {
  const text = createBoundedText(limit);
  text.append(new TextEncoder().encode(whole));
  return text.read();
};

/** `first`, a line break, then `second` if there is any: the predecessor's way to join stdout and stderr. */
export const join = (first: TextHead, second: TextHead): TextHead => {
  const secondLength = second.blanksBeforeLength + second.length;
  if (secondLength === 0) return first;
  if (first.length === 0) return second;
  return {
    ...first,
    kept: `${first.kept}\n${second.blanksBefore}${second.kept}`,
    length: first.length + 1 + secondLength,
    blanksAfterLength: second.length > 0 ? second.blanksAfterLength : first.blanksAfterLength + 1 + secondLength,
  };
};

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
