import { z } from "zod";
import { type Validates, validatesOf } from "@/http/validate.ts";
import { RELEASE } from "@/lib/identity.ts";
import { documentedPath, groupOf, type Operation, operations } from "./operations.ts";
import * as replies from "./replies.ts";
import { componentRef, failureExamples, responsesOf } from "./responses.ts";

/** As Hono lists them: each middleware and each handler of a path is one. */
interface Route {
  method: string;
  path: string;
  handler: object;
}

/** The API as OpenAPI 3.1: the routes' own paths and validators, and what operations.ts adds. */
export const buildDocument = (routes: readonly Route[]) => ({
  openapi: "3.1.0",
  info: {
    title: "openclaw-assistant-backend",
    version: RELEASE,
    description: "Texts are in the language of Accept-Language: zh-CN by default, or en.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  security: [{ bearer: [] }],
  paths: pathsOf(routes),
  webhooks: { news: { post: newsWebhook() } },
  components: {
    securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "BACKEND_API_TOKEN of the .env file." } },
    headers: {
      TraceId: {
        description: "The request's id in log and audit log: the caller's own X-Trace-Id if it is acceptable.",
        schema: { type: "string" },
      },
      RetryAfter: { description: "Seconds to wait before the next attempt.", schema: { type: "integer" } },
    },
    schemas: replySchemas(),
    examples: failureExamples(),
  },
});

const pathsOf = (routes: readonly Route[]) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const { id, isOpen, path, method, body } = operation;
    const handlers = routes.filter((route) => route.method === method && documentedPath(route.path) === path);
    const validates: Validates = Object.assign({}, ...handlers.map(({ handler }) => validatesOf(handler)));
    const schema = validates.json && inputSchema(validates.json);
    const content = body && { "application/json": { schema, example: JSON.parse(body) } };
    const described = {
      operationId: id,
      tags: [groupOf(path)],
      summary: operation.en,
      "x-summary-zh-CN": operation["zh-CN"],
      security: isOpen && [],
      parameters: parametersOf(operation, validates),
      requestBody: content && { required: true, content },
      responses: responsesOf(operation, validates),
    };
    paths[path] = { ...paths[path], [method.toLowerCase()]: described };
  }
  return paths;
};

const parametersOf = ({ path, query = {}, headers = {} }: Operation, validates: Validates): object[] => {
  const string = { type: "string" };
  const { properties = {}, required = [] } = validates.query ? inputSchema(validates.query) : {};
  return [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: string })),
    ...Object.entries(properties).map(([name, schema]) => ({
      name,
      in: "query",
      required: required.includes(name),
      schema,
    })),
    ...Object.entries(query).map(([name, description]) => ({ name, in: "query", description, schema: string })),
    ...Object.entries(headers).map(([name, description]) => ({ name, in: "header", description, schema: string })),
  ];
};

/** What we send to NOTIFY_WEBHOOK_URL, signed as Standard Webhooks asks for. */
const newsWebhook = () => {
  const headers = {
    "webhook-id": "The message's id, the same in every attempt: drop the second of two.",
    "webhook-timestamp": "Seconds since 1970 at this attempt.",
    "webhook-signature":
      "`v1,` and the base64 of the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, by NOTIFY_WEBHOOK_SECRET; missing without one.",
  };
  return {
    operationId: "receiveNews",
    summary: "A problem and its end, a job's end, a queue that waits: at least once each.",
    "x-summary-zh-CN": "故障及其恢复、任务结束、队列等待与恢复；每条至少送达一次。",
    security: [],
    parameters: Object.entries(headers).map(([name, description]) => ({
      name,
      in: "header",
      required: name !== "webhook-signature",
      description,
      schema: { type: "string" },
    })),
    requestBody: { required: true, content: { "application/json": { schema: componentRef("NewsEvent") } } },
    responses: {
      "2XX": { description: "Received." },
      "429": { description: "Sent again later, as are 408 and 5XX, after Retry-After if there is one." },
      "4XX": {
        description: "Not sent again; after 401, 403, 404, 405 and 410, once another is received or after a restart.",
      },
    },
  };
};

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Removes what zod adds: the bounds of a JavaScript number, and patterns that a format implies. */
const override = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  // Later versions may add keys.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};

const inputSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override });
  return rest;
};

/** The schemas of replies.ts under their names, referring to each other. */
const replySchemas = (): Record<string, JsonSchema> => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(replies)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => componentRef(id).$ref, override });
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]));
};
