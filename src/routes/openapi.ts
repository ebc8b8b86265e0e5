import { type Context, Hono } from "hono";
import type { RouterRoute } from "hono/types";
import type { AppEnv } from "@/http/env.ts";

/** @param routes of the whole app; read when somebody asks. */
export const createOpenApiRoutes = ({ routes }: { routes: () => readonly RouterRoute[] }) => {
  let document: string | undefined;
  const answer = async (c: Context<AppEnv>) => {
    // Loaded late: the schemas of the answers cost more memory than a service without readers should pay.
    document ??= JSON.stringify((await import("@/openapi/document.ts")).buildDocument(routes()));
    return c.body(document, 200, { "Content-Type": "application/json" });
  };
  return new Hono<AppEnv>().get("/openapi.json", answer).get("/api/v1/openapi.json", answer);
};
