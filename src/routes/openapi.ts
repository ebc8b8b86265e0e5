import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "@/http/env.ts";
import { CreateJobBody } from "@/jobs/schemas.ts";
import { ImportBody } from "@/models/schemas.ts";
import { RELEASE } from "@/version.ts";
import { type ApiRoute, apiRoutes } from "@/views/api-routes.ts";

const bodySchemas: Record<string, z.ZodType> = {
  "POST /api/v1/executor/jobs": CreateJobBody,
  "POST /api/v1/models/import-astr": ImportBody,
};

/** The API as OpenAPI 3.1: the routes the docs page lists, their bodies from the schemas that validate them. */
export const createOpenApiRoutes = () => {
  let document: object | undefined;
  return new Hono<AppEnv>().get("/openapi.json", (c) => {
    document ??= buildDocument();
    return c.json(document);
  });
};

const buildDocument = () => ({
  openapi: "3.1.0",
  info: { title: "openclaw-assistant-backend", version: RELEASE },
  security: [{ bearer: [] }],
  paths: pathsOf(apiRoutes),
  components: {
    securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    schemas: { Success: successSchema, Failure: failureSchema },
  },
});

const pathsOf = (routes: readonly ApiRoute[]) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return paths;
};

const operationOf = ({ method, path, purpose }: ApiRoute) => {
  const body = bodySchemas[`${method} ${path}`];
  return {
    summary: purpose.en,
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: z.toJSONSchema(body, { io: "input", unrepresentable: "any" }) } },
      },
    }),
    responses: {
      "200": { description: "Done.", content: { "application/json": { schema: ref("Success") } } },
      default: { description: "Refused or failed.", content: { "application/json": { schema: ref("Failure") } } },
    },
  };
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const successSchema = {
  type: "object",
  required: ["ok", "trace_id"],
  properties: { ok: { const: true }, trace_id: { type: "string" } },
};

const failureSchema = {
  type: "object",
  required: ["ok", "trace_id", "error_code", "error"],
  properties: {
    ok: { const: false },
    trace_id: { type: "string" },
    error_code: { type: "string" },
    error: { type: "string" },
    hint: { type: "string" },
  },
};
