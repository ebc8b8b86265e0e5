import type { z } from "zod";
import { inputSchemaOf } from "./json-schema.ts";
import type { Operation } from "./operation.ts";

/** What an operation takes besides its body. */
export const parametersOf = (
  { path, query = {}, headers = {} }: Operation,
  validated: z.ZodType | undefined,
): object[] => [
  ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  })),
  ...(validated ? queryParameters(validated) : []),
  ...optional("query", query),
  ...optional("header", headers),
];

const optional = (place: "query" | "header", named: Readonly<Record<string, string>>) =>
  Object.entries(named).map(([name, description]) => ({
    name,
    in: place,
    description,
    schema: { type: "string" },
  }));

const queryParameters = (schema: z.ZodType) => {
  const { properties = {}, required = [] } = inputSchemaOf(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
  }));
};
