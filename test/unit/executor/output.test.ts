import { expect, test } from "bun:test";
import { createOutput } from "@/executor/output.ts";
import type { RunEvent } from "@/executor/run-event.ts";

const setUp = () => {
  const events: RunEvent[] = [];
  const output = createOutput({ redact: (text) => text, onEvent: (event) => void events.push(event), onThread() {} });
  const write = (text: string) => output.onStdout(new TextEncoder().encode(text));
  const textsOf = (type: RunEvent["type"]) =>
    events.flatMap((event) => (event.type === type && "text" in event ? [event.text] : []));
  return { write, textsOf, finish: output.finish };
};

const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`).join("\n");

test("what comes at once is told in as few pieces as show it whole", () => {
  const { write, textsOf, finish } = setUp();
  write(`${lines(5000)}\n`);
  finish();
  const texts = textsOf("output");
  expect(texts.join("\n")).toBe(lines(5000));
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(8000);
  expect(texts.length).toBeLessThan(10);
});

test("a flood is told up to a quarter of a megabyte, and what matters is still found in it", () => {
  const { write, textsOf, finish } = setUp();
  for (let n = 0; n < 100; n++) write(`${lines(5000)}\n`);
  write('{"type":"item.completed","item":{"type":"agent_message","text":"the answer"}}\n');
  for (let n = 0; n < 100; n++) write(`${lines(5000)}\n`);
  expect(finish().resultText).toBe("the answer");
  expect(textsOf("message")).toEqual(["the answer"]);
  expect(textsOf("warning")).toEqual(["further output is not kept"]);
  const told = textsOf("output").join("\n").length;
  expect([told > 250 * 1024, told < 270 * 1024]).toEqual([true, true]);
});
