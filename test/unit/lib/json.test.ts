import { describe, expect, test } from "bun:test";
import { boundJson, decodeJsonText, parseJson } from "@/lib/json.ts";

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

describe("bounding", () => {
  const BOUNDS = { values: 10, depth: 5, steps: 200 };

  test("leaves a text within the bounds as it is, whatever its strings hold", () => {
    for (const value of [{ a: [1, 2, { b: 'x,"{[\\' }], c: ",".repeat(1000) }, [], "x", 7, { "[,": "\\\\" }]) {
      const text = JSON.stringify(value, null, 1);
      expect(boundJson(text, BOUNDS)).toBe(text);
    }
  });

  test("cuts at a comma, so that the beginning can still be parsed", () => {
    const cases: [text: string, beginning: unknown][] = [
      [
        `{"type":"a","list":[${Array(100).fill('{"b":","}').join(",")}]}`,
        { type: "a", list: Array(10).fill({ b: "," }) },
      ],
      [`{"type":"a","deep":${"[".repeat(100)}${"]".repeat(100)}}`, { type: "a" }],
      [`{"a":[[1,[2]]${" ".repeat(300)}],"b":1}`, { a: [[1]] }],
      [`{"a":1,"b":"${'\\"'.repeat(300)}"}`, { a: 1 }],
      [`{"a":1,"b":[2],"c":${"1".repeat(300)}}`, { a: 1, b: [2] }],
    ];
    for (const [text, beginning] of cases) expect(JSON.parse(boundJson(text, BOUNDS))).toEqual(beginning);
  });

  test("takes no longer for a longer text", () => {
    for (const unit of ["[", "{},", '"",', '\\"', " ", "1", '{"a":']) {
      const isRead = new Set<number>();
      const text = `[1,"${unit.startsWith("\\") ? "" : '",'}${unit.repeat(100_000)}`;
      const counting = new Proxy(new String(text), {
        get(target, key) {
          if (typeof key === "string" && /^\d+$/.test(key)) isRead.add(Number(key));
          const value = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(text) : value;
        },
      });
      boundJson(counting as unknown as string, BOUNDS);
      expect(isRead.size).toBeLessThan(500);
    }
  });
});
