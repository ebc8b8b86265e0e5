import { zValidator } from "@hono/zod-validator";
import type { z } from "zod";
import { described } from "./described.ts";
import { inWords, ValidationError } from "./validate.ts";

/** Validates the query string as `c.req.valid("query")`; faults are 422 like those of a body. */
export const queryOf = <Schema extends z.ZodType>(schema: Schema) =>
  described(
    zValidator(
      "query",
      schema,
      (result) => {
        if (!result.success) throw new ValidationError("query", result.error);
      },
      // Typed for zod's own error class; zod/mini's has the core of it, which is all that is read.
      { validationFunction: (schema, value) => schema.safeParse(value, inWords) as never },
    ),
    { query: schema, errors: ["invalid_request"] },
  );
