import { retryAfterOf, statusOf, wireCodeOf } from "@/http/errors.ts";
import type { Validates } from "@/http/validate.ts";
import { type ErrorCode, errorCodes } from "@/lib/errors.ts";
import { en } from "@/locales/en.ts";
import type { Operation, Reply } from "./operations.ts";

const EVERYWHERE: readonly ErrorCode[] = [
  "host_not_allowed",
  "origin_not_allowed",
  "uri_too_long",
  "payload_too_large",
  "database_unavailable",
  "service_starting",
  "service_stopping",
  "internal_error",
];
const WITH_TOKEN: readonly ErrorCode[] = ["auth_not_configured", "auth_missing", "auth_repeated", "auth_invalid"];

const WITH_QUERY: readonly ErrorCode[] = ["invalid_request"];
const WITH_JSON: readonly ErrorCode[] = ["invalid_json", "invalid_request", "unsupported_media_type"];

/** All responses of an operation, by status. */
export const responsesOf = (operation: Operation, { query, json }: Validates): Record<string, ResponseObject> => {
  const codes = new Set([
    ...EVERYWHERE,
    ...(operation.isOpen ? [] : WITH_TOKEN),
    ...(query ? WITH_QUERY : []),
    ...(json ? WITH_JSON : []),
    ...(operation.errors ?? []),
  ]);
  const responses: Record<string, ResponseObject> = {};
  for (const reply of operation.replies) {
    const { content, ...rest } = responseOf(reply);
    responses[reply.status] = { ...rest, content: { ...responses[reply.status]?.content, ...content } };
  }
  for (const [status, group] of Map.groupBy(codes, statusOf)) {
    const failure = failureOf(group, operation);
    const reply = responses[status];
    responses[status] = reply ? merge(reply, failure) : failure;
  }
  return responses;
};

interface ResponseObject {
  description: string;
  headers: Record<string, object>;
  content: Record<string, { schema?: object; examples?: Record<string, object> }>;
}

export const componentRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const headerRef = (name: string) => ({ $ref: `#/components/headers/${name}` });
const TRACED = { "X-Trace-Id": headerRef("TraceId") };

const responseOf = ({ status, type, schema, description }: Reply): ResponseObject => ({
  description: description ?? (status === 200 ? "Success." : "Failure."),
  headers: TRACED,
  content: type === undefined ? {} : { [type]: contentOf(type, schema) },
});

const contentOf = (type: string, schema: Reply["schema"]) => {
  if (schema) return { schema: componentRef(schema) };
  return type === "application/json" ? {} : { schema: { type: "string" } };
};

const failureOf = (codes: readonly ErrorCode[], { isRelay }: Operation): ResponseObject => {
  const wireCodes = [...new Set(codes.map(wireCodeOf))];
  const schema = {
    allOf: [componentRef("Failure"), { type: "object", properties: { error_code: { enum: wireCodes } } }],
  };
  return {
    description: wireCodes.map((code) => `\`${code}\``).join(", "),
    headers: {
      ...TRACED,
      ...(codes.some((code) => retryAfterOf(code) !== undefined) && { "Retry-After": headerRef("RetryAfter") }),
      ...(codes.includes("auth_missing") && { "WWW-Authenticate": { schema: { const: "Bearer" } } }),
    },
    content: {
      "application/json": {
        schema: isRelay ? { anyOf: [schema, { type: "object", description: "The gateway's own error." }] } : schema,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
};

/** A reply of the route and errors with the same status. */
const merge = (reply: ResponseObject, failure: ResponseObject): ResponseObject => {
  const schema = reply.content["application/json"]?.schema;
  const error = failure.content["application/json"];
  return {
    description: `${reply.description} / ${failure.description}`,
    headers: { ...reply.headers, ...failure.headers },
    content: {
      ...reply.content,
      "application/json": { ...error, ...(schema && { schema: { anyOf: [schema, error?.schema] } }) },
    },
  };
};

/** One example for each error code. */
export const failureExamples = () =>
  Object.fromEntries(
    errorCodes.map((code) => {
      const value = {
        ok: false,
        trace_id: "5f0c1a2b3d4e",
        error_code: wireCodeOf(code),
        error: en[`error.${code}.text`],
        hint: en[`error.${code}.fix`],
      };
      return [code, { summary: `HTTP ${statusOf(code)}`, value }];
    }),
  );
