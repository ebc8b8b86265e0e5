import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { AppError, messageOf } from "@/lib/errors.ts";
import { decodeJsonText, parseJson } from "@/lib/json.ts";
import { readBody } from "./body.ts";
import type { AppEnv } from "./env.ts";

/** The schemas of a route's validators, from which the OpenAPI document is built. */
export interface Validates {
  json?: z.ZodType;
  query?: z.ZodType;
}

const withSchema = <Handler extends object>(handler: Handler, validates: Validates) =>
  Object.assign(handler, { validates });

export const validatesOf = (handler: object): Validates =>
  "validates" in handler ? (handler.validates as Validates) : {};

type Result = { success: true } | { success: false; error: z.core.$ZodError };

const throwFaults = (result: Result, where: string): void => {
  if (!result.success) throw new ValidationError(where, result.error);
};

/** `zValidator` with the contract's errors; JSON bodies have `validateJson`. */
export const validate = <Target extends "query" | "param" | "header" | "form", Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) =>
  withSchema(
    zValidator(target, schema, (result) => throwFaults(result, target)),
    { [target]: schema },
  );

/** The same for JSON bodies, in every encoding that the predecessor's parser accepted (contract). */
export const validateJson = <Schema extends z.ZodType>(
  schema: Schema,
  { maxBytes }: { maxBytes: number },
): MiddlewareHandler<AppEnv, string, { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }> =>
  withSchema(
    async function validateJson(c, next) {
      const bytes = await readJson(c, maxBytes);
      const value = bytes.length === 0 ? null : decode(bytes);
      await c.var.turns();
      const result = schema.safeParse(value, { reportInput: true });
      throwFaults(result, "body");
      c.req.addValidatedData("json", result.data as object);
      await next();
    },
    { json: schema },
  );

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** The bytes of a JSON body. */
export const readJson = async (c: Context<AppEnv>, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const bytes = await readBody(c, maxBytes);
  if (bytes.length > 0 && !JSON_TYPE.test(c.req.header("content-type")?.trim() ?? "")) {
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

/** A list may have one fault for each element. */
const MAX_FAULTS = 100;

/** `invalid_request` with the contract's `detail`: every fault up to a bound, in field order. */
export class ValidationError extends AppError {
  readonly faults: { loc: (string | number)[]; msg: string; type: string }[];

  /** @param where the first element of each `loc`. */
  constructor(where: string, { issues }: Pick<z.core.$ZodError, "issues">) {
    const faults = issues.slice(0, MAX_FAULTS).map((issue) => ({
      loc: [where, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))],
      msg: issue.message,
      type: typeOf(issue),
    }));
    super("invalid_request", { fields: faults.map((fault) => fault.loc.join(".")).join(", ") });
    if (issues.length > MAX_FAULTS) {
      faults.push({ loc: [where], msg: "Further faults are not listed; fix these first.", type: "too_many_faults" });
    }
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
