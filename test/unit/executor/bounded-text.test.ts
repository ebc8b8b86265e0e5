import { describe, expect, test } from "bun:test";
import { createBoundedText, headOf, join } from "@/executor/bounded-text.ts";
import { excerpt } from "@/executor/excerpt.ts";

const unmasked = (text: string) => text;
const collect = (limit: number, ...chunks: (string | Uint8Array)[]) => {
  const text = createBoundedText(limit);
  for (const chunk of chunks) text.append(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  return text.read();
};

test("a character split over two chunks is one character", () => {
  const [first, second] = [new Uint8Array([0xf0, 0x9f]), new Uint8Array([0x98, 0x80])];
  expect(collect(10, first, second)).toMatchObject({ kept: "😀", length: 1, blanksAfterLength: 0 });
});

test("bytes that are no text are replaced, not lost", () => {
  expect(collect(10, new Uint8Array([0x61, 0xff, 0x62])).kept).toBe("a\uFFFDb");
});

test("what is kept is bounded while what is counted is not", () => {
  const text = collect(10, ...Array.from({ length: 1000 }, () => "0123456789"));
  expect(text.kept.length).toBe(20);
  expect(text.length).toBe(10_000);
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
});

test("stderr follows stdout after a line break, and only when there is any", () => {
  expect(excerpt(join(headOf("out"), headOf("err\n")), 100, unmasked)).toBe("out\nerr");
  expect(excerpt(join(headOf("out\n"), headOf("")), 100, unmasked)).toBe("out");
  expect(excerpt(join(headOf("out"), headOf("  ")), 2, unmasked)).toBe("ou\n...[truncated 1 chars]");
});
