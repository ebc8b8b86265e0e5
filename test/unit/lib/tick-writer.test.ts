import { expect, test } from "bun:test";
import { createTickWriter } from "@/lib/tick-writer.ts";

test("the lines of one tick are one write, and each is told only then", async () => {
  const writes: string[] = [];
  const { add } = createTickWriter((text) => writes.push(text));
  const told: string[][] = [];
  const note = () => told.push([...writes]);

  const both = [add("a\n").then(note), Promise.resolve().then(() => add("b\n").then(note))];
  await Promise.resolve();
  expect(writes).toEqual([]);
  await Promise.all(both);
  expect(told).toEqual([["a\nb\n"], ["a\nb\n"]]);

  await add("c\n");
  expect(writes).toEqual(["a\nb\n", "c\n"]);
});

test("a line that cannot wait takes those before it along, and nothing is written twice", async () => {
  const writes: string[] = [];
  const { add, addNow } = createTickWriter((text) => writes.push(text));

  const waiting = add("a\n");
  addNow("b\n");
  expect(writes).toEqual(["a\nb\n"]);
  await waiting;
  expect(writes).toEqual(["a\nb\n"]);
});
