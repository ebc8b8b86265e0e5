import { describe, expect, test } from "bun:test";
import { decodeJsonText, parseJson } from "@/lib/json.ts";

const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
const utf32le = (text: string) =>
  Buffer.from(Array.from(text, (c) => [c.codePointAt(0) ?? 0, 0, 0, 0].slice(0, 4)).flat());

describe("decoding", () => {
  const encodings: [name: string, bytes: Uint8Array][] = [
    ["UTF-8", Buffer.from('{"a":1}')],
    ["UTF-8 with BOM", Buffer.from('\uFEFF{"a":1}')],
    ["UTF-8 with two BOMs", Buffer.from('\uFEFF\uFEFF{"a":1}')],
    ["UTF-16 LE", Buffer.from('{"a":1}', "utf16le")],
    ["UTF-16 LE with BOM", Buffer.from('\uFEFF{"a":1}', "utf16le")],
    ["UTF-16 BE", utf16be('{"a":1}')],
    ["UTF-32 LE", utf32le('{"a":1}')],
  ];
  test.each(encodings)("takes %s", (_name, bytes) => {
    expect(decodeJsonText(bytes)).toBe('{"a":1}');
  });

  test("refuses bytes that are not text", () => {
    expect(() => decodeJsonText(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow(TypeError);
  });
});

describe("parsing", () => {
  test("takes Python's non-finite numbers, but leaves strings alone", () => {
    expect(parseJson('{"a": NaN, "b": [-Infinity], "c": "NaN \\" Infinity"}')).toEqual({
      a: Infinity,
      b: [Infinity],
      c: 'NaN " Infinity',
    });
  });

  test.each(["", "{", "{'a':1}", "[1,]", "NaN x", "\u0000"])("refuses %j", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
