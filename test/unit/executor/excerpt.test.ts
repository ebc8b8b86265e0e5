import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { excerpt, extendHead, headOf, noText } from "@/executor/excerpt.ts";

const unmasked = (text: string) => text;
const collect = (limit: number, ...parts: string[]) =>
  parts.reduce((head, part) => extendHead(head, headOf(part), limit), noText);

describe("the head of a text", () => {
  test("is bounded while its length is not", () => {
    const head = collect(10, ...Array.from({ length: 10_000 }, () => "0123456789"));
    expect(head.kept.length).toBeLessThan(10_000);
    expect(head.length).toBe(100_000);
  });

  test("is the same however the text comes in parts", () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom(" ", "\n", "x", "😀"), maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (texts) => {
        expect(excerpt(collect(5, ...texts), 5, unmasked)).toBe(excerpt(headOf(texts.join("")), 5, unmasked));
      }),
      { numRuns: 500 },
    );
  });
});

describe("an excerpt", () => {
  test("of a short text is the trimmed text", () => {
    expect(excerpt(headOf(" \n ok \u3000"), 10, unmasked)).toBe("ok");
  });

  test("counts the characters it leaves out, blanks at both ends not among them", () => {
    const text = collect(5, "  ", "😀😀😀😀😀😀", "xy", "  ", "\n");
    expect(excerpt(text, 5, unmasked)).toBe("😀😀😀😀😀\n...[truncated 3 chars]");
  });

  test("of exactly the limit is whole", () => {
    expect(excerpt(headOf("12345"), 5, unmasked)).toBe("12345");
  });

  test("does not show the first half of a secret that the cut goes through", () => {
    const mask = (text: string) => text.replaceAll("hunter2", "********");
    expect(excerpt(headOf("abc hunter2 def"), 7, mask)).toBe("abc ********\n...[truncated 8 chars]");
  });

  test("without a secret is masked once, since that is what it costs", () => {
    let calls = 0;
    const mask = (text: string) => {
      calls++;
      return text;
    };
    excerpt(headOf("-".repeat(1000)), 100, mask);
    expect(calls).toBe(1);
  });

  test("hands no more than a margin beyond the limit to the masking", () => {
    let longest = 0;
    const mask = (text: string) => {
      longest = Math.max(longest, text.length);
      return text;
    };
    excerpt(headOf("x".repeat(1_000_000)), 100, mask);
    expect(longest).toBeLessThan(10_000);
  });
});
