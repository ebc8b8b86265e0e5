import type { Context, Hono } from "hono";
import { methodNotAllowed as answerMethodNotAllowed } from "hono/method-not-allowed";
import { AppError } from "@/lib/errors.ts";
import { withoutEnd } from "@/lib/text.ts";
import type { AppEnv } from "./env.ts";

/** As JSON or as a page. */
type Answer = (c: Context<AppEnv>, error: AppError) => Response;

/** Answers 405 with `Allow` for a known path. */
export const methodNotAllowed = (app: Hono<AppEnv>, answer: Answer) =>
  answerMethodNotAllowed({
    app,
    onMethodNotAllowed(c, methods) {
      const response = answer(c, new AppError("method_not_allowed"));
      response.headers.set("Allow", methods.join(", "));
      return response;
    },
  });

/** Redirects a known path with trailing slashes, relatively, so that the Host header never becomes part of a Location. */
export const notFound = (app: Hono<AppEnv>, answer: Answer) => {
  // Middleware is registered for every method, "ALL".
  const isRoute = (path: string) =>
    ["GET", "POST"].some((method) => app.router.match(method, path)[0].some(([[, route]]) => route.method !== "ALL"));

  return (c: Context<AppEnv>): Response => {
    // Not `c.req.path`, which is decoded.
    const { url } = c.req;
    const [address = ""] = url.split("?", 1);
    const path = withoutEnd(address.slice(address.indexOf("/", "https://".length)), "/");
    if (address.endsWith("/") && path !== "" && isRoute(path)) {
      return c.body(null, 307, { Location: path + url.slice(address.length) });
    }
    return answer(c, new AppError("not_found"));
  };
};
