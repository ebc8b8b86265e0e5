import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { AppEnv } from "@/http/env.ts";
import { printable } from "@/lib/text.ts";

/** A page, in which control characters that a stored text may hold do nothing (HTML has no use for them), with the charset spelt as the contract does; the status is whatever `c.status` was told. */
export const html = (c: Context<AppEnv>, document: Child) => {
  c.header("Content-Type", "text/html; charset=utf-8");
  return c.body(printable(String(document)));
};
