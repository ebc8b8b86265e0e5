import { expect, test } from "bun:test";
import { createLineReader } from "@/executor/line-reader.ts";

const KIB = 1024;

const setUp = (wantsPlain = () => true) => {
  const lines: string[] = [];
  const reader = createLineReader({ onLine: (line) => void lines.push(line), wantsPlain });
  const append = (...chunks: (string | Uint8Array)[]) => {
    for (const chunk of chunks) {
      const bytes = Uint8Array.from(Buffer.from(chunk));
      reader.append(bytes);
      // The process gives a chunk's memory back as soon as it has been seen.
      bytes.fill(0);
    }
  };
  return { lines, append, finish: reader.finish };
};

test("lines are whole, however the chunks cut them", () => {
  const { lines, append, finish } = setUp();
  append("on", "e\ntwo\n\nth", "re", "e\nun", "finished");
  expect(lines).toEqual(["one", "two", "", "three"]);
  finish();
  expect(lines.at(-1)).toBe("unfinished");
});

test("a character that two chunks share is one", () => {
  const { lines, append } = setUp();
  const [first, second] = [Buffer.from("a😀").subarray(0, 3), Buffer.from("a😀\n").subarray(3)];
  append(first, second);
  expect(lines).toEqual(["a😀"]);
});

test("a plain line is cut between two characters, an event of a megabyte is not", () => {
  const { lines, append } = setUp();
  const event = `{"type":"item.completed","text":"${"x".repeat(KIB * KIB)}"}`;
  append(`a${"é".repeat(20 * KIB)}`, "more of it\n", event, "\n");
  expect(lines[0]).toBe(`a${"é".repeat(8 * KIB - 1)}…`);
  expect(lines[1]).toBe(event);
});

test("a line without an end is kept no longer than it is wanted", () => {
  const { lines, append, finish } = setUp();
  for (let n = 0; n < 100; n++) append("x".repeat(64 * KIB));
  finish();
  expect(lines).toEqual([`${"x".repeat(16 * KIB)}…`]);
});

test("once plain lines are not wanted, the events among them still are, wherever the chunks cut", () => {
  const flood = "plain\n".repeat(50);
  const stream = `${flood}{"type":"a"}\n{"type":"b"}\n${flood} {"type":"no"}\n{"no":1}\n${flood}{"type":"c"}`;
  for (let size = 1; size < 40; size++) {
    const { lines, append, finish } = setUp(() => false);
    for (let from = 0; from < stream.length; from += size) append(stream.slice(from, from + size));
    finish();
    expect(lines).toEqual(['{"type":"a"}', '{"type":"b"}', '{"type":"c"}']);
  }
});

test("interest may end in the middle of a chunk", () => {
  let wanted = 2;
  const { lines, append } = setUp(() => wanted-- > 0);
  append('one\ntwo\nthree\n{"type":"a"}\nfour\n');
  expect(lines).toEqual(["one", '{"type":"a"}']);
});
