import fc from "fast-check";
import { z } from "zod";

/** As much of JSON Schema as our document uses. */
export const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get anyOf() {
    return z.array(Schema).optional();
  },
});
export type Schema = z.infer<typeof Schema>;

/** Words that parsers, paths, shells, SQL and pages are known to stumble over. */
const NASTY = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202e\u0007\u001b[31m",
  "../../etc/passwd",
  "~root",
  "~nosuchuser",
  "__proto__",
  "constructor",
  "'; DROP TABLE executor_jobs; --",
  "<script>alert(1)</script>",
  "{{7*7}}",
  "--help",
  "%00%ff%2e",
  "9".repeat(400),
  "1e999",
  "NaN",
  "-0",
  "😀".repeat(300),
  "x".repeat(5000),
];

export const text = (): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", maxLength: 60 }), fc.string({ maxLength: 40 }));

/** Any JSON at all, nested as deep as one likes. */
const anyJson = (): fc.Arbitrary<unknown> =>
  fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(...NASTY, Number.MAX_SAFE_INTEGER, -1, 1.5, null));

/** Mostly what the schema asks for, now and then something else. */
export const fromSchema = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: valid(schema) }, { weight: 1, arbitrary: anyJson() });

const valid = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum?.length) return fc.constantFrom(...schema.enum);
  if (schema.anyOf?.length) return fc.oneof(...schema.anyOf.map(valid));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return text();
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? -5, max: Math.max(schema.minimum ?? -5, schema.maximum ?? 2 ** 40) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(schema.items ? fromSchema(schema.items) : anyJson(), { maxLength: 5 });
    case "object":
      return schema.properties
        ? fc.record(Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, fromSchema(v)])), {
            requiredKeys: [],
          })
        : fc.dictionary(text(), anyJson(), { maxKeys: 4 });
    default:
      return anyJson();
  }
};
