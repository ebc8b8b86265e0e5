import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { WebAuth } from "@/config.ts";
import { AppError } from "@/lib/errors.ts";
import { isLoopback } from "@/lib/loopback.ts";
import type { AppEnv } from "./env.ts";
import { hostNameOf } from "./host-guard.ts";
import type { Sessions } from "./session.ts";

/** Cookies know no port: other services on this host must not meet ours. */
const COOKIE = "openclaw_backend_session";
const HOME = "/web/status";

const SAME_SITE_STEP = '<!doctype html><meta http-equiv="refresh" content="0">';

/** Who looks at a page: somebody logged in, somebody who may log in, or anybody, where no login is asked for at all. */
export type Viewer = "member" | "guest" | "anybody";

/** Whether this viewer may see what jobs do. */
export const seesJobs = (viewer: Viewer): boolean => viewer !== "guest";

interface WebAuthDeps {
  mode: WebAuth;
  sessions: Sessions;
}

/**
 * Who may see pages. `read` is for pages that show how things are, `member` for those that show what jobs hold and for
 * everything that changes something.
 */
export const createWebAuth = ({ mode, sessions }: WebAuthDeps) => {
  const guard = (isOpenTo: (c: Context<AppEnv>) => boolean): MiddlewareHandler<AppEnv> =>
    async function webAuth(c, next) {
      const isStream = c.req.header("accept")?.includes("text/event-stream") ?? false;
      const key = getCookie(c, COOKIE);
      const session = key === undefined ? undefined : sessions.find(key, { isUse: !isStream });
      c.set("viewer", mode === "never" ? "anybody" : session ? "member" : "guest");
      c.set("session", session);
      if (session || isOpenTo(c)) return next();
      if (isStream) throw new AppError("login_required");
      // From a link elsewhere, a chat for example, a strict cookie comes only with the step after this one.
      if (c.req.header("sec-fetch-site") === "cross-site" && isPageView(c)) return c.html(SAME_SITE_STEP);
      return c.redirect(`/web/login?${new URLSearchParams({ next: pageAddress(c) })}`, 303);
    };

  return {
    mode,
    /** For pages that everybody may see, and the login itself. */
    anyone: guard(() => true),
    // By a proxy's name, others than this machine's own users may be looking.
    read: guard(
      (c) => mode === "never" || (mode === "auto" && isLoopback(hostNameOf(c.req.header("host") ?? "") ?? "")),
    ),
    member: guard(() => mode === "never"),

    logIn(c: Context<AppEnv>): void {
      setCookie(c, COOKIE, sessions.open(), {
        path: "/",
        httpOnly: true,
        sameSite: "Strict",
        // The one sign that a proxy in front speaks TLS which nobody else can write: the guarded Origin.
        secure: c.req.header("origin")?.startsWith("https:") ?? false,
      });
    },

    logOut(c: Context<AppEnv>): void {
      const key = getCookie(c, COOKIE);
      if (key !== undefined) sessions.close(key);
      deleteCookie(c, COOKIE, { path: "/" });
    },
  };
};

export type WebAuthGuards = ReturnType<typeof createWebAuth>;

const isPageView = (c: Context<AppEnv>) => c.req.method === "GET" || c.req.method === "HEAD";

/** Path and query of the page itself; of a form's answer those of the page it stood on. */
export const pageAddress = (c: Context<AppEnv>): string => {
  const address = isPageView(c) ? c.req.url : c.req.header("referer");
  if (address === undefined || !URL.canParse(address)) return HOME;
  const { pathname, search } = new URL(address);
  return pathname + search;
};

/** A way back that leads nowhere but to our own pages. */
export const safeReturn = (path: string | undefined): string =>
  path !== undefined && /^\/web\/[\w/.~%?&=+-]*$/.test(path) && !path.startsWith("/web/log") ? path : HOME;
