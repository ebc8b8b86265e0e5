import { expect, test } from "bun:test";
import { type Schema, sampleOf, typeText } from "@/views/docs/schema-text.ts";

const rows: [Schema, string, unknown][] = [
  [{ type: "string" }, "string", "…"],
  [{ type: "string", format: "date-time" }, "string (date-time)", "2026-03-01T08:00:00Z"],
  [{ type: ["string", "null"] }, "string | null", "…"],
  [{ type: "integer", minimum: 5 }, "integer", 5],
  [{ const: true }, "true", true],
  [{ enum: ["a", "b"] }, '"a" | "b"', "a"],
  [{ anyOf: [{ type: "null" }, { type: "boolean" }] }, "null | boolean", true],
  [{ type: "array", items: { $ref: "#/components/schemas/Leaf" } }, "Array<Leaf>", [{ n: 1 }]],
  [{ $ref: "#/components/schemas/Missing" }, "Missing", null],
  [{}, "any", {}],
  [
    { allOf: [{ $ref: "#/components/schemas/Leaf" }, { type: "object", properties: { m: { type: "boolean" } } }] },
    "Leaf & {\n  m?: boolean\n}",
    { n: 1, m: true },
  ],
  [
    {
      type: "object",
      required: ["a"],
      properties: { a: { type: "string", description: "Why." }, b: { type: "number" } },
    },
    "{\n  a: string  // Why.\n  b?: number\n}",
    { a: "…", b: 1 },
  ],
];

const schemas: Record<string, Schema> = {
  Leaf: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
  Loop: { type: "object", properties: { next: { $ref: "#/components/schemas/Loop" } } },
};

test.each(rows)("%p", (schema, text, sample) => {
  expect(typeText(schema)).toBe(text);
  expect(sampleOf(schema, schemas)).toEqual(sample);
});

test("a schema that contains itself has a sample with an end", () => {
  expect(JSON.stringify(sampleOf({ $ref: "#/components/schemas/Loop" }, schemas))).toEndWith("null}}}");
});
