import { z } from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What zod adds of its own accord: bounds of a JavaScript number, and a pattern where the format says it all. */
const leaveOut = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  // Later versions may answer with more keys than this one.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

/** What a client may send. */
export const inputSchemaOf = (schema: z.core.$ZodType): JsonSchema => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override: leaveOut });
  return rest;
};

export const componentRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Answers under their names; where one holds another, it refers to it. */
export const componentsOf = (named: Readonly<Record<string, unknown>>): Record<string, JsonSchema> => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) if (schema instanceof z.ZodType) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => componentRef(id).$ref, override: leaveOut });
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]));
};
