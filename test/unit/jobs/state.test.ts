import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isFinal, transitions } from "@/jobs/state.ts";

test("the diagram in ARCHITECTURE.md draws every move a job can make, and no other", () => {
  const text = readFileSync(resolve(import.meta.dir, "../../../ARCHITECTURE.md"), "utf8");
  const drawn = [...text.matchAll(/^ {4}(\w+) --> (\w+): (.+)$/gm)].map(([, from, to, by]) => ({ from, to, by }));
  expect(drawn).toEqual(transitions.map(({ from, to, by }) => ({ from, to, by })));
});

test("what nothing leaves is final", () => {
  const states = ["queued", "running", "succeeded", "failed", "canceled"] as const;
  expect(states.filter(isFinal)).toEqual(["succeeded", "failed", "canceled"]);
});
