import type { z } from "zod";
import type { ErrorCode } from "@/lib/errors.ts";

/** What a middleware does to a request, for the API's description: the very schema that it validates with. */
export interface Described {
  json?: z.ZodType;
  query?: z.ZodType;
  /** What it may refuse with. */
  errors?: readonly ErrorCode[];
}

const DESCRIBED = Symbol("described");

export const described = <Handler extends object>(handler: Handler, by: Described): Handler =>
  Object.assign(handler, { [DESCRIBED]: by });

export const descriptionOf = (handler: object): Described => (handler as { [DESCRIBED]?: Described })[DESCRIBED] ?? {};
