import { describe, expect, test } from "bun:test";
import { addShape, compareShapes, type Shapes, shapeOf } from "@test/support/shapes.ts";

test("a shape has the type at each place, and the word where it is one of a few", () => {
  const item = { type: "file_change", changes: [{ path: "a", kind: "add" }, { path: "b" }], status: "not one word" };
  const states = { "0f8fad5b-d9cb-469f-a165-70867728950e": { status: "pending_init", message: null } };
  expect(shapeOf({ item, states })).toEqual({
    item: "object",
    "item.type": '"file_change"',
    "item.changes": "array",
    "item.changes[]": "object",
    "item.changes[].path": "string",
    "item.changes[].kind": '"add"',
    "item.status": "string",
    states: "object",
    "states.*": "object",
    "states.*.status": '"pending_init"',
    "states.*.message": "null",
  });
});

describe("compared with what was recorded,", () => {
  const recorded: Shapes = { a: { x: "null|string", y: "number" }, b: {} };
  const compare = (seen: Shapes) => compareShapes(recorded, seen);

  test("the same shape differs in nothing, whatever order it came in", () => {
    const seen: Shapes = { b: {} };
    addShape(seen, "a", { x: "string", y: "number" });
    addShape(seen, "a", { x: "null", y: "number" });
    expect(compare(seen)).toEqual({ differences: [], unknown: [] });
  });

  test("other types, and keys that came or went, are differences", () => {
    const { differences, unknown } = compare({ a: { x: "boolean|string", z: "array" }, b: {} });
    expect(differences).toEqual(["a: + x: boolean", "a: + z: array", "a: - y: number"]);
    expect(unknown).toEqual([]);
  });

  test("a kind without a record is unknown, and one that did not come is told", () => {
    expect(compare({ a: recorded.a ?? {}, c: { x: "string" } })).toEqual({
      differences: ["b: recorded, not seen"],
      unknown: ["c"],
    });
  });
});
