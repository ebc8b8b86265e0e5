import { retryAfterOf, statusOf, wireCodeOf } from "@/http/errors.ts";
import type { Validates } from "@/http/validate.ts";
import { type ErrorCode, errorCodes } from "@/lib/errors.ts";
import { translate } from "@/locales/translate.ts";
import type { Operation, Reply } from "./operations.ts";

const WITHOUT_TOKEN: readonly ErrorCode[] = [
  "auth_not_configured",
  "auth_missing",
  "auth_repeated",
  "auth_invalid",
  "auth_throttled",
];
const EVERYWHERE: readonly ErrorCode[] = [
  "host_not_allowed",
  "private_host_not_allowed",
  "private_host_on_loopback",
  "origin_not_allowed",
  "uri_too_long",
  "payload_too_large",
  "database_unavailable",
  "service_starting",
  "service_stopping",
  "internal_error",
];

/** All responses of an operation, by status. */
export const responsesOf = (operation: Operation, { query, json }: Validates): Record<string, ResponseObject> => {
  const codes = new Set([
    ...EVERYWHERE,
    ...(operation.isOpen ? [] : WITHOUT_TOKEN),
    ...(query ? (["invalid_request"] as const) : []),
    ...(json ? (["invalid_json", "invalid_request", "unsupported_media_type", "too_busy"] as const) : []),
    ...(operation.errors ?? []),
  ]);
  const responses: Record<string, ResponseObject> = {};
  for (const reply of operation.replies) {
    const { content, ...rest } = responseOf(reply);
    responses[reply.status] = { ...rest, content: { ...responses[reply.status]?.content, ...content } };
  }
  for (const [status, group] of Map.groupBy(codes, statusOf)) {
    responses[status] = failureOf(group, operation, responses[status]);
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

const responseOf = ({ status, type, schema, description }: Reply): ResponseObject => {
  const text = type === "application/json" ? {} : { schema: { type: "string" } };
  return {
    description: description ?? (status === 200 ? "Success." : "Failure."),
    headers: TRACED,
    content: type === undefined ? {} : { [type]: schema ? { schema: componentRef(schema) } : text },
  };
};

/** @param reply of the route, with the same status. */
const failureOf = (codes: readonly ErrorCode[], { isRelay }: Operation, reply?: ResponseObject): ResponseObject => {
  const wireCodes = [...new Set(codes.map(wireCodeOf))];
  const failure = {
    allOf: [componentRef("Failure"), { type: "object", properties: { error_code: { enum: wireCodes } } }],
  };
  const relayed = { type: "object", description: "The gateway's own error." };
  const error = isRelay ? { anyOf: [failure, relayed] } : failure;
  const ownSchema = reply?.content["application/json"]?.schema;
  const description = wireCodes.map((code) => `\`${code}\``).join(", ");
  return {
    description: reply ? `${reply.description} / ${description}` : description,
    headers: {
      ...TRACED,
      ...(codes.some((code) => retryAfterOf(code) !== undefined) && { "Retry-After": headerRef("RetryAfter") }),
      ...(codes.includes("auth_missing") && { "WWW-Authenticate": { schema: { const: "Bearer" } } }),
    },
    content: {
      ...reply?.content,
      "application/json": {
        schema: ownSchema ? { anyOf: [ownSchema, error] } : error,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
};

/** One example for each error code. */
export const failureExamples = () => {
  const t = translate("en");
  return Object.fromEntries(
    errorCodes.map((code) => {
      const texts = { error: t(`error.${code}.text`), hint: t(`error.${code}.fix`) };
      const value = { ok: false, trace_id: "5f0c1a2b3d4e", error_code: wireCodeOf(code), ...texts };
      return [code, { summary: `HTTP ${statusOf(code)}`, value }];
    }),
  );
};
