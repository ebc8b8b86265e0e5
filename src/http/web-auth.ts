import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { Config } from "@/config.ts";
import { AppError } from "@/lib/errors.ts";
import { isLoopback } from "@/lib/http.ts";
import type { AppEnv } from "./env.ts";
import { hostNameOf } from "./host-guard.ts";
import type { Sessions } from "./session.ts";

/** Cookies ignore the port, so the name must not collide with other services on this host. */
const COOKIE = "openclaw_backend_session";
/** A browser sends every cookie of this name, those of other paths and domains first; Hono reads the first alone. */
const KEYS = new RegExp(String.raw`(?:^|;)\s*${COOKIE}\s*=\s*"?([\w-]{43})"?\s*(?=;|$)`, "g");
export const HOME = "/web/status";

const SAME_SITE_RELOAD = '<!doctype html><meta http-equiv="refresh" content="0">';

/** Guards of the pages: `read` for those of the status, `member` for jobs and every write, `anyone` for public ones. */
export const createWebAuth = ({ mode, sessions }: { mode: Config["webAuth"]; sessions: Sessions }) => {
  const guard = (isOpenTo: (c: Context<AppEnv>) => boolean): MiddlewareHandler<AppEnv> =>
    async function webAuth(c, next) {
      const isStream = c.req.header("accept")?.includes("text/event-stream") ?? false;
      const isAutomatic = isStream || c.req.header("x-refresh") !== undefined;
      const session = keysIn(c)
        .map((key) => sessions.find(key, { isUse: !isAutomatic }))
        .find((found) => found !== undefined);
      c.set("viewer", mode === "never" ? "anybody" : session ? "member" : "guest");
      c.set("session", session);
      if (session) c.set("isAuthenticated", true);
      if (session || isOpenTo(c)) return next();
      if (isStream) throw new AppError("login_required");
      // After a link from another site, a chat for example, a SameSite=Strict cookie is sent only with the next request.
      if (c.req.header("sec-fetch-site") === "cross-site" && isPageView(c)) return c.html(SAME_SITE_RELOAD);
      return c.redirect(`/web/login?${new URLSearchParams({ next: pageAddress(c) })}`, 303);
    };

  return {
    anyone: guard(() => true),
    // Another name is a proxy's, and the viewer need not be a user of this machine.
    read: guard(
      (c) => mode === "never" || (mode === "auto" && isLoopback(hostNameOf(c.req.header("host") ?? "") ?? "")),
    ),
    member: guard(() => mode === "never"),

    logIn(c: Context<AppEnv>): void {
      setCookie(c, COOKIE, sessions.open(), {
        path: "/",
        httpOnly: true,
        sameSite: "Strict",
        // The Origin, which the guard has checked, is the only trustworthy sign of a TLS proxy in front.
        secure: c.req.header("origin")?.startsWith("https:") ?? false,
      });
    },

    logOut(c: Context<AppEnv>): void {
      for (const key of keysIn(c)) sessions.close(key);
      deleteCookie(c, COOKIE, { path: "/" });
    },
  };
};

export type WebAuthGuards = ReturnType<typeof createWebAuth>;

/** At most 8 KiB of cookies' worth of keys: the server takes no longer headers. */
const keysIn = (c: Context<AppEnv>): string[] =>
  Array.from((c.req.header("cookie") ?? "").matchAll(KEYS), ([, key = ""]) => key);

const isPageView = (c: Context<AppEnv>) => c.req.method === "GET" || c.req.method === "HEAD";

/** Path and query of the page; for the answer to a form, those of the page with the form. */
export const pageAddress = (c: Context<AppEnv>): string => {
  const address = isPageView(c) ? c.req.url : c.req.header("referer");
  if (address === undefined || !URL.canParse(address)) return HOME;
  const { pathname, search } = new URL(address);
  return pathname + search;
};

/** Allows redirects to our own pages only. */
export const safeReturn = (path: string | undefined): string =>
  path !== undefined && /^\/(?:web\/[\w/.~%?&=+-]*|docs(?:\?[\w.~%&=+-]*)?)$/.test(path) && !path.startsWith("/web/log")
    ? path
    : HOME;
