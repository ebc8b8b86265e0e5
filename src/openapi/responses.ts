import { retryAfterOf, statusOf, wireCodeOf } from "@/http/errors.ts";
import { type ErrorCode, errorCodes } from "@/lib/errors.ts";
import { en } from "@/locales/en.ts";
import { componentRef } from "./json-schema.ts";
import type { Operation, Reply } from "./operation.ts";

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

/** Every answer of an operation by status. @param ofRoute what its validators and gates refuse with. */
export const responsesOf = (operation: Operation, ofRoute: readonly ErrorCode[]): Record<string, object> => {
  const codes = new Set([
    ...EVERYWHERE,
    ...(operation.access === "bearer" ? WITH_TOKEN : []),
    ...ofRoute,
    ...(operation.errors ?? []),
  ]);
  const responses: Record<string, ReturnType<typeof responseOf>> = {};
  for (const reply of operation.replies) {
    const known = responses[reply.status];
    responses[reply.status] = known ? merge(known, reply) : responseOf(reply);
  }
  for (const [status, group] of Map.groupBy(codes, statusOf)) {
    const failure = failureOf(group, operation);
    const known = responses[status];
    responses[status] = known ? mergeFailure(known, failure) : failure;
  }
  return responses;
};

interface ResponseObject {
  description: string;
  headers: Record<string, object>;
  content?: Record<string, { schema?: object; examples?: Record<string, object> }>;
}

const headerRef = (name: string) => ({ $ref: `#/components/headers/${name}` });
const TRACED = { "X-Trace-Id": headerRef("TraceId") };

const responseOf = ({ status, type, schema, what }: Reply): ResponseObject => ({
  description: what ?? (status === 200 ? "Done." : "Refused."),
  headers: { ...TRACED, ...(status === 303 && { Location: { schema: { type: "string" } } }) },
  ...(type !== undefined && { content: contentOf(type, schema) }),
});

const contentOf = (type: string, schema: Reply["schema"]) => ({
  [type]: schema ? { schema: componentRef(schema) } : type === "application/json" ? {} : { schema: { type: "string" } },
});

const merge = (known: ResponseObject, { type, schema }: Reply): ResponseObject => ({
  ...known,
  content: { ...known.content, ...(type !== undefined && contentOf(type, schema)) },
});

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
        schema: isRelay ? { anyOf: [schema, { type: "object", description: "The gateway's own." }] } : schema,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
};

/** One of every error there is. */
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

/** An answer of the route's own and a refusal with the same status. */
const mergeFailure = (own: ResponseObject, failure: ResponseObject): ResponseObject => {
  const ownJson = own.content?.["application/json"]?.schema;
  const refusal = failure.content?.["application/json"];
  return {
    description: `${own.description} / ${failure.description}`,
    headers: { ...own.headers, ...failure.headers },
    content: {
      ...own.content,
      "application/json": { ...refusal, ...(ownJson && { schema: { anyOf: [ownJson, refusal?.schema] } }) },
    },
  };
};
