import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createOutput } from "@/executor/output.ts";
import { createRedactor } from "@/executor/redact.ts";

const SECRET = `k9/+"\\~?-tz.Qm2Xw4`;
const redact = createRedactor([SECRET, "our-other-backend-token"]);

const encodings: [name: string, encode: (text: string) => string][] = [
  ["plain", (text) => text],
  ["JSON", (text) => JSON.stringify(text)],
  ["URL-encoded", encodeURIComponent],
  ["URL-encoded in lower case", (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase())],
  ["URL-encoded throughout", (text) => Buffer.from(text).toString("hex").replace(/../g, "%$&")],
  ["base64", (text) => Buffer.from(text).toString("base64")],
  ["base64url", (text) => Buffer.from(text).toString("base64url")],
  ["hex", (text) => Buffer.from(text).toString("hex")],
  ["hex in capitals", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["base64 in lines", (text) => Buffer.from(text).toString("base64").replace(/.{10}/g, "$&\n")],
];

describe.each(encodings)("a secret of ours, %s,", (_name, encode) => {
  test.each(["", "x", "ab", "abc"])("is hidden behind %j", (before) => {
    // All that is left of it are characters that depend on what stands beside it.
    const bare = encode(`${before}${SECRET}`);
    const shown = redact(`say ${bare} now`);
    expect(shown).toContain("********");
    expect(shown.length).toBeLessThanOrEqual("say  now".length + 8 + encode(before).length + 6);
  });
});

test("whatever secret stands wherever, none of its encodings shows it", () => {
  const secret = fc.stringMatching(/^[\x21-\x7e]{16,64}$/);
  fc.assert(
    fc.property(secret, fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (own, before, after) => {
      const mask = createRedactor([own]);
      for (const [, encode] of encodings) expect(mask(encode(before + own + after))).toContain("********");
    }),
    { numRuns: 300 },
  );
});

test("however a program's output is cut into chunks, neither events nor result show a secret of ours", () => {
  const written = encodings.map(([, encode]) => encode(`id=${SECRET};`)).join("\n");
  const bytes = new TextEncoder().encode(written);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: bytes.length })), fc.boolean(), (cuts, isStdout) => {
      const seen: string[] = [];
      const output = createOutput({
        redact,
        onEvent: (event) => seen.push(JSON.stringify(event)),
        onTurn() {},
      });
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const stream = isStdout ? "stdout" : "stderr";
      for (const [n, place] of places.entries()) {
        output.append(stream, bytes.subarray(place, places[n + 1] ?? bytes.length));
      }
      seen.push(output.finish().resultText);
      for (const text of seen) {
        expect(text).not.toContain(SECRET.slice(1, 12));
        expect(text).not.toContain(Buffer.from(`id=${SECRET}`).toString("base64").slice(4, 20));
        expect(text).not.toContain(Buffer.from(SECRET).toString("hex").slice(0, 16));
      }
    }),
    { numRuns: 200 },
  );
});

test("a text without them is left alone", () => {
  const text = `${"SGVsbG8gd29ybGQ=".repeat(50)}\n%41%42 deadbeef ${"0123456789abcdef".repeat(20)}`;
  expect(redact(text)).toBe(text);
});

test("a line break within a secret is found URL-encoded too", () => {
  expect(createRedactor(["one\ntwo-three"])("say one%0Atwo-three")).toBe("say ********");
});

test("short values hide nothing; eight characters are not short", () => {
  expect(createRedactor(["eight-ch"])("an eight-ch word")).toBe("an ******** word");
  expect(createRedactor(["", "word"])("a word")).toBe("a word");
});
