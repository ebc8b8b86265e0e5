import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler, ValidationTargets } from "hono";
import type { z } from "zod";
import { AppError, messageOf } from "@/lib/errors.ts";
import { decodeJsonText, parseJson } from "@/lib/json.ts";
import { readBody } from "./body.ts";
import type { AppEnv } from "./env.ts";

type Target = Exclude<keyof ValidationTargets, "json">;
type Parsed = { success: true } | { success: false; error: z.core.$ZodError };

/** The schemas of a route's validators, which the OpenAPI document is built from. */
export interface Validates {
  json?: z.ZodType;
  query?: z.ZodType;
}

/** Attaches the schema to the middleware, where `validatesOf` finds it among the app's routes. */
const withSchema = <Handler extends object>(handler: Handler, validates: Validates) =>
  Object.assign(handler, { validates });

export const validatesOf = (handler: object): Validates =>
  "validates" in handler ? (handler.validates as Validates) : {};

const throwFaults = (result: Parsed, target: keyof ValidationTargets): void => {
  if (!result.success) throw new ValidationError(target === "json" ? "body" : target, result.error);
};

/** `zValidator` for everything but JSON bodies; faults are answered with 422 and the contract's `detail`. */
export const validate = <T extends Target, Schema extends z.ZodType>(target: T, schema: Schema) =>
  withSchema(
    zValidator(target, schema, (result) => throwFaults(result, target)),
    target === "query" ? { query: schema } : {},
  );

interface BodyLimit {
  maxBytes: number;
}

/** The same for JSON bodies, in every encoding that the predecessor's parser accepted (contract). */
export const validateJson = <Schema extends z.ZodType>(
  schema: Schema,
  { maxBytes }: BodyLimit,
): MiddlewareHandler<AppEnv, string, { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }> =>
  withSchema(
    async function validateJson(c, next) {
      const bytes = await readJsonBytes(c, maxBytes);
      const result = schema.safeParse(bytes.length === 0 ? null : decode(bytes), { reportInput: true });
      throwFaults(result, "json");
      c.req.addValidatedData("json", result.data as object);
      await next();
    },
    { json: schema },
  );

/** A JSON body unparsed, as `c.var.rawBody`, for the gateway to parse. */
export const rawJson = ({ maxBytes }: BodyLimit): MiddlewareHandler<RawBodyEnv> =>
  async function rawJson(c, next) {
    c.set("rawBody", await readJsonBytes(c, maxBytes));
    await next();
  };

type RawBodyEnv = AppEnv & { Variables: { rawBody: Uint8Array<ArrayBuffer> } };

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

const readJsonBytes = async ({ req }: Pick<Context, "req">, maxBytes: number) => {
  const bytes = await readBody(req.raw, maxBytes);
  if (bytes.length > 0 && !JSON_TYPE.test(req.header("content-type")?.trim() ?? "")) {
    throw new AppError("unsupported_media_type");
  }
  return bytes;
};

const decode = (bytes: Uint8Array): unknown => {
  try {
    return parseJson(decodeJsonText(bytes));
  } catch (error) {
    throw new AppError("invalid_json", { reason: messageOf(error) });
  }
};

interface FieldFault {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** `invalid_request` with the contract's `detail`: every fault, in field order. */
export class ValidationError extends AppError {
  readonly faults: FieldFault[];

  /** @param where the first element of each `loc`. */
  constructor(where: string, { issues }: Pick<z.core.$ZodError, "issues">) {
    const faults = issues.map((issue) => ({
      loc: [where, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))],
      msg: issue.message,
      type: typeOf(issue),
    }));
    super("invalid_request", { fields: faults.map((fault) => fault.loc.join(".")).join(", ") });
    this.faults = faults;
  }
}

const typeNames: Record<string, string> = {
  object: "model_attributes_type",
  record: "dict_type",
  array: "list_type",
  boolean: "bool_type",
  number: "int_type",
  int: "int_type",
};

/** Pydantic's names, which clients of the predecessor have seen. */
const typeOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code !== "invalid_type") return issue.code;
  if (issue.input === undefined) return "missing";
  return typeNames[issue.expected] ?? `${issue.expected}_type`;
};
