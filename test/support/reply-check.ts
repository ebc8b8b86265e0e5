import Ajv2020 from "ajv/dist/2020.js";
import type { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { buildDocument } from "@/openapi/document.ts";

interface ResponseObject {
  content?: Record<string, { schema?: object }>;
}
type Operations = Record<string, { responses: Record<string, ResponseObject> }>;

export type ReplyCheck = (request: { method: string; path: string }, response: Response) => Promise<void>;

/** Throws when an answer is not as the OpenAPI document describes it: its status, its type, every key of its body. */
export const createReplyCheck = (app: Hono<AppEnv>): ReplyCheck => {
  const document = JSON.parse(JSON.stringify(buildDocument(app.routes)), withoutOtherKeys);
  const paths = Object.entries(document.paths as Record<string, Operations>).map(([path, operations]) => ({
    path,
    pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
    operations,
  }));
  const ajv = new Ajv2020({
    strict: false,
    formats: { "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/ },
  }).addSchema(document, "api");
  const validatorOf = (...keys: string[]) => {
    const pointer = keys.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    return ajv.getSchema(`api#/${pointer}`);
  };

  return async ({ method, path }, response) => {
    const [pathname = ""] = path.split("?");
    const known = paths.find(({ pattern }) => pattern.test(pathname));
    const verb = (method === "HEAD" ? "GET" : method).toLowerCase();
    const responses = known?.operations[verb]?.responses;
    if (!known || !responses) return;

    const name = `${method} ${known.path} ${response.status}`;
    const status = String(response.status) in responses ? String(response.status) : "default";
    const described = responses[status];
    if (!described) throw new Error(`${name} is not described; see src/openapi`);
    if (response.body === null) return;
    const type = response.headers.get("content-type")?.split(";")[0] ?? "nothing";
    if (!described.content?.[type]) throw new Error(`${name} as ${type} is not described; see src/openapi`);
    if (type !== "application/json" || !described.content[type].schema || method === "HEAD") return;
    const validate = validatorOf("paths", known.path, verb, "responses", status, "content", type, "schema");
    const body = await response.clone().json();
    if (!validate?.(body)) {
      throw new Error(`${name} is described otherwise: ${ajv.errorsText(validate?.errors)}; see src/openapi`);
    }
  };
};

/** The document allows later versions more keys; this version is to describe every key it sends. */
const withoutOtherKeys = (_key: string, value: unknown): unknown => {
  const isClosed = typeof value === "object" && value !== null && "properties" in value && "required" in value;
  return isClosed && !("additionalProperties" in value) ? { ...value, additionalProperties: false } : value;
};
