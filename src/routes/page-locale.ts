import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { AppEnv } from "@/http/env.ts";
import { isLocale } from "@/locales/locale.ts";

const ONE_YEAR_SECONDS = 31_536_000;

/**
 * The reader's language: `?lang=` wins and is remembered, then the cookie, then `Accept-Language`, which the
 * trace middleware has read already.
 */
export const pageLocale = (): MiddlewareHandler<AppEnv> =>
  async function pageLocale(c, next) {
    const asked = c.req.query("lang");
    const remembered = getCookie(c, "lang");
    if (isLocale(asked)) {
      setCookie(c, "lang", asked, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: ONE_YEAR_SECONDS });
      c.set("locale", asked);
    } else if (isLocale(remembered)) {
      c.set("locale", remembered);
    }
    c.header("Vary", "Accept-Language, Cookie");
    await next();
  };
