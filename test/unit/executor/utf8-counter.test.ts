import { expect, test } from "bun:test";
import fc from "fast-check";
import { createBoundedText } from "@/executor/bounded-text.ts";
import { createUtf8Counter } from "@/executor/utf8-counter.ts";

/** Bytes at which decoders differ: ends of ranges, overlong forms, surrogates, and what is no text at all. */
const awkward = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec];
const moreAwkward = [0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
const byte = fc.oneof(fc.constantFrom(...awkward, ...moreAwkward), fc.nat(255));
const chunks = fc.array(
  fc.array(byte, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
  { maxLength: 6 },
);

const decodedLength = (bytes: Uint8Array) => [...new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)].length;

test("counts what a decoder would give, whatever the bytes and wherever they are cut", () => {
  fc.assert(
    fc.property(chunks, (parts) => {
      const counter = createUtf8Counter();
      const counted = parts.reduce((total, part) => total + counter.append(part), 0) + counter.finish();
      expect(counted).toBe(decodedLength(Buffer.concat(parts)));
    }),
    { numRuns: 2000 },
  );
});

test("a bounded text counts what it does not keep as it counts what it keeps", () => {
  fc.assert(
    fc.property(chunks, (parts) => {
      const text = createBoundedText(4);
      for (const part of [Buffer.from("begin"), ...parts]) text.append(part);
      expect(text.read().length).toBe(5 + decodedLength(Buffer.concat(parts)));
    }),
    { numRuns: 2000 },
  );
});
