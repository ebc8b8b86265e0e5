import type { MiddlewareHandler } from "hono";
import type { z } from "zod";
import { AppError, messageOf } from "@/lib/errors.ts";
import { decodeJsonText, parseJson } from "@/lib/json.ts";
import { described } from "./described.ts";
import type { AppEnv } from "./env.ts";
import { readBounded } from "./read-bounded.ts";
import { inWords, ValidationError } from "./validate.ts";

const BODY_ERRORS = ["payload_too_large", "unsupported_media_type"] as const;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Validates a JSON body as `c.req.valid("json")`. Unlike `zValidator`, it takes every encoding the predecessor's
 * parser took (contract), holds no more than `maxBytes`, and refuses other content types.
 */
export const jsonBody = <Schema extends z.ZodType>(
  schema: Schema,
  { maxBytes }: { maxBytes: number },
): MiddlewareHandler<AppEnv, string, { in: { json: z.input<Schema> }; out: { json: z.output<Schema> } }> =>
  described(
    async function jsonBody(c, next) {
      const bytes = await readJson(c, maxBytes);
      const parsed = schema.safeParse(bytes.length === 0 ? null : decode(bytes), { ...inWords, reportInput: true });
      if (!parsed.success) throw new ValidationError("body", parsed.error);
      c.req.addValidatedData("json", parsed.data as object);
      await next();
    },
    { json: schema, errors: ["invalid_json", "invalid_request", ...BODY_ERRORS] },
  );

/** Takes the bytes of a JSON body unread as `c.var.rawBody`, for somebody else to parse. */
export const rawJsonBody = ({
  maxBytes,
}: {
  maxBytes: number;
}): MiddlewareHandler<{
  Variables: AppEnv["Variables"] & { rawBody: Uint8Array<ArrayBuffer> };
  Bindings: AppEnv["Bindings"];
}> =>
  described(
    async function rawJsonBody(c, next) {
      c.set("rawBody", await readJson(c, maxBytes));
      await next();
    },
    { errors: BODY_ERRORS },
  );

const readJson = async (
  { req }: { req: { raw: Request; header(name: string): string | undefined } },
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = await readBounded(req.raw, maxBytes);
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
