/** The parts of a JSON Schema that our document uses. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  const?: unknown;
  enum?: readonly unknown[];
  format?: string;
  minimum?: number;
  default?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
}

export interface ApiOperation {
  parameters: readonly {
    name: string;
    in: "path" | "query" | "header";
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  requestBody?: { content: { "application/json"?: { schema?: Schema } } };
  responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, { schema?: Schema }>> }>>;
}

/** What the page reads of the OpenAPI document. */
export interface ApiDocument {
  paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
}

export const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

const comment = ({ description }: Schema): string =>
  description === undefined ? "" : `  // ${description.replaceAll("`", "")}`;

/** A schema as a type, with its descriptions as comments. */
export const typeText = (schema: Schema, indent = ""): string => {
  const { $ref, anyOf, oneOf, allOf, properties, required = [], items, type } = schema;
  if ($ref !== undefined) return nameOf($ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = anyOf ?? oneOf;
  if (union) return union.map((one) => typeText(one, indent)).join(" | ");
  if (allOf) return allOf.map((one) => typeText(one, indent)).join(" & ");
  if (items) return `Array<${typeText(items, indent)}>`;
  if (properties) {
    const inner = `${indent}  `;
    const lines = Object.entries(properties).map(([name, property]) => {
      const mark = required.includes(name) ? "" : "?";
      return `${inner}${name}${mark}: ${typeText(property, inner)}${comment(property)}\n`;
    });
    return `{\n${lines.join("")}${indent}}`;
  }
  const simple = [type ?? "any"].flat().join(" | ");
  return schema.format === undefined ? simple : `${simple} (${schema.format})`;
};

const MAX_DEPTH = 6;
const SIMPLE: Readonly<Record<string, unknown>> = { integer: 1, number: 1, boolean: true, object: {}, null: null };

/** A value that the schema describes. */
export const sampleOf = (schema: Schema, schemas: Readonly<Record<string, Schema>>, depth = 0): unknown => {
  const sample = (one: Schema | undefined) => (one && depth < MAX_DEPTH ? sampleOf(one, schemas, depth + 1) : null);
  if (schema.$ref !== undefined) return sample(schemas[nameOf(schema.$ref)]);
  if ("const" in schema) return schema.const;
  if ("default" in schema) return schema.default;
  if (schema.enum) return schema.enum[0];
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return sample(union.find(({ type }) => type !== "null") ?? union[0]);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(sample));
  if (schema.items) return [sample(schema.items)];
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, sample(property)]));
  }
  const [type = "string"] = [schema.type ?? "object"].flat();
  if (type === "string") return schema.format === "date-time" ? "2026-03-01T08:00:00Z" : "…";
  return type === "integer" ? (schema.minimum ?? 1) : SIMPLE[type];
};
