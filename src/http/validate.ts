import type { z } from "zod";
import en from "zod/v4/locales/en.js";
import { AppError } from "@/lib/errors.ts";

/** For `safeParse`: zod/mini says no more than "Invalid input" by itself. */
export const inWords = { error: en().localeError } as const;

interface FieldFault {
  loc: (string | number)[];
  msg: string;
  type: string;
}

/** `invalid_request` with the contract's `detail` list, every fault in field order. */
export class ValidationError extends AppError {
  readonly faults: FieldFault[];

  /** @param where the first element of each `loc`: body, query or path. */
  constructor(where: "body" | "query" | "path", { issues }: Pick<z.core.$ZodError, "issues">) {
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

/** Names after pydantic's, which clients of the predecessor have seen. */
const typeOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code !== "invalid_type") return issue.code;
  if (issue.input === undefined) return "missing";
  return typeNames[issue.expected] ?? `${issue.expected}_type`;
};
