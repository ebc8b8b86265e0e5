import type { MiddlewareHandler } from "hono";
import type { z } from "zod";
import { AppError, messageOf } from "@/errors.ts";
import { decodeJsonText, parseJson } from "@/json.ts";
import type { AppEnv } from "./env.ts";
import { readBounded } from "./read-bounded.ts";
import { ValidationError } from "./validate.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Validates a JSON body as `c.req.valid("json")`. Unlike `zValidator`, it takes every encoding the predecessor's
 * parser took (contract A2), holds no more than `maxBytes`, and refuses other content types.
 */
export const jsonBody = <Schema extends z.ZodType>(
  schema: Schema,
  { maxBytes }: { maxBytes: number },
): MiddlewareHandler<AppEnv, string, { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }> =>
  async function jsonBody(c, next) {
    const bytes = await readBounded(c.req.raw, maxBytes);
    if (bytes.length > 0 && !JSON_TYPE.test(c.req.header("content-type")?.trim() ?? "")) {
      throw new AppError("unsupported_media_type");
    }
    const parsed = schema.safeParse(bytes.length === 0 ? null : decode(bytes), { reportInput: true });
    if (!parsed.success) throw new ValidationError("body", parsed.error);
    c.req.addValidatedData("json", parsed.data as object);
    await next();
  };

const decode = (bytes: Uint8Array): unknown => {
  try {
    return parseJson(decodeJsonText(bytes));
  } catch (error) {
    throw new AppError("invalid_json", { reason: messageOf(error) });
  }
};
