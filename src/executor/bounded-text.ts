import { codePoints } from "@/lib/text.ts";
import { createUtf8Counter } from "./utf8-counter.ts";

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
  const counter = createUtf8Counter();
  let isCounting = false;
  const { head, add, addCount } = createTextHead(limit);

  /** A program may write gigabytes: what is only counted need not be decoded. */
  const count = (chunk: Uint8Array) => addCount(counter.append(chunk), trailingBlanks(chunk));

  const append = (chunk: Uint8Array) => {
    if (isCounting) return count(chunk);
    if (head.kept.length < limit * 2) return add(decoder.decode(chunk, { stream: true }));
    // The character that the last chunk began belongs to the decoder.
    const rest = continuationBytes(chunk);
    if (rest === chunk.length) return add(decoder.decode(chunk, { stream: true }));
    add(decoder.decode(chunk.subarray(0, rest)));
    isCounting = true;
    count(chunk.subarray(rest));
  };

  return {
    append,
    read() {
      if (isCounting) addCount(counter.finish(), 0);
      else add(decoder.decode());
      return head;
    },
  };
};

const createTextHead = (limit: number) => {
  const head: TextHead = { blanksBefore: "", blanksBeforeLength: 0, kept: "", length: 0, blanksAfterLength: 0 };

  const addCount = (count: number, blanksAtEnd: number) => {
    head.blanksAfterLength = blanksAtEnd === count ? head.blanksAfterLength + count : blanksAtEnd;
    head.length += count;
  };

  const addWords = (words: string) => {
    head.kept = extend(head.kept, words, limit);
    const size = codePoints(words);
    addCount(size, size - codePoints(words.trimEnd()));
  };

  const add = (added: string) => {
    if (head.length > 0) return addWords(added);
    const words = added.trimStart();
    const blanks = added.slice(0, added.length - words.length);
    head.blanksBefore = extend(head.blanksBefore, blanks, limit);
    head.blanksBeforeLength += codePoints(blanks);
    addWords(words);
  };

  return { head, add, addCount };
};

/** How many bytes at its beginning, three at most, may end a character that began before. */
const continuationBytes = (chunk: Uint8Array): number => {
  let count = 0;
  while (count < 3 && ((chunk[count] ?? 0) & 0xc0) === 0x80) count++;
  return count;
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
  const text = createTextHead(limit);
  text.add(whole);
  return text.head;
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
