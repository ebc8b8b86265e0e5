import type { Context, Hono } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";
import { errorResponse } from "./errors.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * What no handler took: a known path with another method is 405 with `Allow`, a known path with trailing slashes is
 * redirected (relatively, so the Host header has no say), anything else is 404.
 */
export const notFound = (app: Hono<AppEnv>) => {
  const methodsOf = (path: string): string[] => {
    const methods = METHODS.filter((method) => hasHandler(app, method, path));
    return methods.includes("GET") ? ["GET", "HEAD", ...methods.slice(1)] : methods;
  };

  return (c: Context<AppEnv>): Response => {
    const allowed = methodsOf(c.req.path);
    if (allowed.length > 0) {
      c.header("Allow", allowed.join(", "));
      return errorResponse(c, new AppError("method_not_allowed"));
    }
    // As it was sent, still encoded.
    const [, pathname = "", search = ""] = /^https?:\/\/[^/?]*([^?]*)(.*)$/.exec(c.req.url) ?? [];
    const withoutSlash = pathname.replace(/\/+$/, "");
    if (withoutSlash !== pathname && withoutSlash !== "" && methodsOf(withoutSlash).length > 0) {
      return c.body(null, 307, { Location: withoutSlash + search });
    }
    return errorResponse(c, new AppError("not_found"));
  };
};

/** Middleware is registered for every method ("ALL"); a route is what names one. */
const hasHandler = (app: Hono<AppEnv>, method: string, path: string): boolean =>
  app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
