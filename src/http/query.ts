import type { MiddlewareHandler } from "hono";
import type * as z from "zod/mini";
import { described } from "./described.ts";
import type { AppEnv } from "./env.ts";
import { inWords, ValidationError } from "./validate.ts";

/** Validates the query string as `c.req.valid("query")`; faults are 422 like those of a body. The first of several counts. */
export const queryOf = <Schema extends z.ZodMiniType>(
  schema: Schema,
): MiddlewareHandler<AppEnv, string, { in: { query: z.input<Schema> }; out: { query: z.output<Schema> } }> =>
  described(
    async function query(c, next) {
      const parsed = schema.safeParse(c.req.query(), inWords);
      if (!parsed.success) throw new ValidationError("query", parsed.error);
      c.req.addValidatedData("query", parsed.data as object);
      await next();
    },
    { query: schema, errors: ["invalid_request"] },
  );
