import { describe, expect, spyOn, test } from "bun:test";
import type { RunEvent } from "@/executor/codex/events.ts";
import { createOutput } from "@/executor/output.ts";

const KIB = 1024;
const MESSAGE = '{"type":"item.completed","item":{"type":"agent_message","text":"the answer"}}';

const setUp = () => {
  const events: RunEvent[] = [];
  const output = createOutput({
    redact: (text) => text,
    onEvent: (event) => void events.push(event),
    onTurn() {},
  });
  const writeTo = (stream: "stdout" | "stderr", content: string | Uint8Array) => {
    const chunk = Uint8Array.from(Buffer.from(content));
    output.append(stream, chunk);
    // The process frees a chunk as soon as it has been read.
    chunk.fill(0);
  };
  const textsOf = (type: RunEvent["type"]) =>
    events.flatMap((event) => (event.type === type && "text" in event ? [event.text] : []));
  return {
    write: (content: string | Uint8Array) => writeTo("stdout", content),
    writeError: (content: string | Uint8Array) => writeTo("stderr", content),
    events,
    textsOf,
    finish: output.finish,
  };
};

const resultOf = (stdout: string, stderr = "") => {
  const { write, writeError, finish } = setUp();
  writeError(stderr);
  write(stdout);
  return finish().resultText;
};

const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`).join("\n");

describe("the result", () => {
  test("is stdout, then stderr after a line break, only when there is any", () => {
    expect(resultOf("out", "err\n")).toBe("out\nerr");
    expect(resultOf("out\n")).toBe("out");
    expect(resultOf("\n\n", "err")).toBe("err");
    expect(resultOf("out", "  err")).toBe("out\n  err");
    expect(resultOf(" \n", " ")).toBe("");
  });

  test("counts what is missing in both streams", () => {
    expect(resultOf("x".repeat(12_001), "err")).toBe(`${"x".repeat(12_000)}\n...[truncated 5 chars]`);
    expect(resultOf("x".repeat(100_000), "y".repeat(100_000))).toEndWith("\n...[truncated 188001 chars]");
  });

  test("begins with the first word, however many blanks come before it", () => {
    expect(resultOf(`${"\n".repeat(100_000)}word`)).toBe("word");
  });

  test("counts characters, also one that two chunks share, and replaces bytes that are no text", () => {
    const { write, finish } = setUp();
    write("😀".repeat(12_000));
    write(new Uint8Array([0xf0, 0x9f]));
    write(new Uint8Array([0x98, 0x80, 0xff]));
    expect(finish().resultText).toEndWith("\n...[truncated 2 chars]");
    expect(resultOf("\ufffd")).toBe("\ufffd");
  });
});

describe("lines", () => {
  test("are whole, however the chunks cut them, and the last may lack its end", () => {
    const stream = `one\n{"type":"a"}\n${MESSAGE}\nthree😀\nunfinished`;
    const bytes = new TextEncoder().encode(stream);
    for (let size = 1; size < bytes.length; size++) {
      const { write, textsOf, finish } = setUp();
      for (let from = 0; from < bytes.length; from += size) write(bytes.slice(from, from + size));
      finish();
      expect(textsOf("message")).toEqual(["the answer"]);
      expect(textsOf("output").join("\n")).toBe('one\n{"type":"a"}\nthree😀\nunfinished');
    }
  });

  test("of plain text are cut, an event of a megabyte is not", () => {
    const { write, textsOf, finish } = setUp();
    const text = "x".repeat(KIB * KIB);
    write(`a${"é".repeat(20 * KIB)}`);
    write("more of it\n");
    for (let n = 0; n < 16; n++) {
      write(n === 0 ? '{"type":"item.completed","item":{"type":"agent_message","text":"' : "");
      write("x".repeat(64 * KIB));
    }
    write('"}}\n');
    expect(finish().resultText).toBe(`${text.slice(0, 12_000)}\n...[truncated ${text.length - 12_000} chars]`);
    const shown = `a${"é".repeat(7999)}`;
    // 16 KiB without the character that the cut goes through, and a sign that it was cut.
    expect(textsOf("output")).toEqual([`${shown}\n...[truncated ${8 * KIB + 1 - shown.length} chars]`]);
  });

  test("that come at once make as few events as show them whole", () => {
    const { write, textsOf, finish } = setUp();
    write(`${lines(5000)}\n`);
    finish();
    const texts = textsOf("output");
    expect(texts.join("\n")).toBe(lines(5000));
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(8000);
    expect(texts.length).toBeLessThan(10);
  });

  test("of a flood become events up to a quarter of a megabyte, and Codex's events are still found in it", () => {
    const { write, textsOf, finish } = setUp();
    for (let n = 0; n < 100; n++) write(`${lines(5000)}\n`);
    write(`${MESSAGE}\n`);
    for (let n = 0; n < 100; n++) write(`${lines(5000)}\n`);
    expect(finish().resultText).toBe("the answer");
    expect(textsOf("message")).toEqual(["the answer"]);
    expect(textsOf("warning")).toEqual(["further output is not kept"]);
    const kept = textsOf("output").join("\n").length;
    expect([kept > 250 * KIB, kept < 270 * KIB]).toEqual([true, true]);
  });

  test("on standard error are no events", () => {
    const { writeError, events, finish } = setUp();
    writeError(`${MESSAGE}\n`);
    finish();
    expect(events).toEqual([{ type: "output", stream: "stderr", text: MESSAGE }]);
  });
});

test("of many threads that a run reports, the first is noted", () => {
  const { write, events, finish } = setUp();
  const id = (n: number) => `01a204a9-1e0f-78a2-8ff0-${String(n).padStart(12, "0")}`;
  for (let n = 0; n < 1000; n++) write(`{"type":"thread.started","thread_id":"${id(n >> 1)}"}\n`);
  expect(events).toHaveLength(1);
  expect(finish().threadId).toBe(id(0));
});

test("a long line that comes byte by byte is copied no more often than it doubles", () => {
  const { write, textsOf, finish } = setUp();
  const copied = spyOn(Buffer.prototype, "copy");
  const text = "x".repeat(50_000);
  for (const character of `{"type":"item.completed","item":{"type":"agent_message","text":"${text}"}}\n`)
    write(character);
  const bytes = copied.mock.contexts.reduce((sum: number, buffer) => sum + (buffer as Buffer).length, 0);
  copied.mockRestore();
  expect(textsOf("message")).toHaveLength(1);
  expect(finish().resultText).toHaveLength(12_000 + "\n...[truncated 38000 chars]".length);
  expect(bytes).toBeLessThan(10 * text.length);
});

test("a run that cannot begin without a sandbox counts as a failure of the sandbox", () => {
  const { writeError, finish } = setUp();
  const sentence =
    "Error: thread/start: thread/start failed: failed to load AGENTS.md instructions for environment `local`: fs sandbox helper failed with status exit status: 1: bwrap: Creating new namespace failed";
  writeError(`${sentence}\n`);
  expect(finish()).toMatchObject({ cause: sentence, sandboxFailure: sentence });
});
