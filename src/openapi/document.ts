import { descriptionOf } from "@/http/described.ts";
import { RELEASE } from "@/lib/version.ts";
import { componentsOf, inputSchemaOf } from "./json-schema.ts";
import type { Operation } from "./operation.ts";
import { operationOf } from "./operations.ts";
import { parametersOf } from "./parameters.ts";
import * as replies from "./replies.ts";
import { failureExamples, responsesOf } from "./responses.ts";

/** As Hono lists them. */
interface Route {
  method: string;
  path: string;
  handler: object;
}

/**
 * The API as OpenAPI 3.1, read off the routes that serve: their methods and paths, the schemas of their validators,
 * what their gates refuse with. operations.ts adds what a route cannot tell of itself.
 */
export const buildDocument = (routes: readonly Route[]) => ({
  openapi: "3.1.0",
  info: {
    title: "openclaw-assistant-backend",
    version: RELEASE,
    description: "Texts come in the language of Accept-Language: zh-CN, unless it asks for en.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  security: [{ bearer: [] }],
  paths: pathsOf(routes),
  components: {
    securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "BACKEND_API_TOKEN of the .env file." } },
    headers: {
      TraceId: {
        description: "The request's name in log and audit: the caller's own X-Trace-Id when it is harmless.",
        schema: { type: "string" },
      },
      RetryAfter: { description: "Seconds to wait before the next try.", schema: { type: "integer" } },
    },
    schemas: componentsOf(replies),
    examples: failureExamples(),
  },
});

const pathsOf = (routes: readonly Route[]) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operation, handlers] of handlersByOperation(routes)) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(operation, handlers) };
  }
  return paths;
};

/** A route is registered once for each of its middlewares and its handler. */
const handlersByOperation = (routes: readonly Route[]) => {
  const found = new Map<Operation, object[]>();
  for (const route of routes) {
    const operation = operationOf(route);
    if (operation) found.set(operation, [...(found.get(operation) ?? []), route.handler]);
  }
  return found;
};

const operationObject = (operation: Operation, handlers: readonly object[]) => {
  const descriptions = handlers.map(descriptionOf);
  const json = descriptions.find((description) => description.json)?.json;
  const query = descriptions.find((description) => description.query)?.query;
  const { id, purpose, access, body } = operation;
  return {
    operationId: id,
    summary: purpose.en,
    "x-summary-zh-CN": purpose["zh-CN"],
    ...(access !== "bearer" && { security: [] }),
    parameters: parametersOf(operation, query),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: {
          "application/json": { ...(json && { schema: inputSchemaOf(json) }), example: JSON.parse(body) },
        },
      },
    }),
    responses: responsesOf(
      operation,
      descriptions.flatMap(({ errors }) => errors ?? []),
    ),
  };
};
