import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { AppEnv } from "@/http/env.ts";

/** A page, with the charset spelt as the contract does; the status is whatever `c.status` was told. */
export const html = (c: Context<AppEnv>, document: Child) => {
  c.header("Content-Type", "text/html; charset=utf-8");
  return c.body(String(document));
};
