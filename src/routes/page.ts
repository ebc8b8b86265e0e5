import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { Child } from "hono/jsx";
import { quote } from "@/doctor/shell.ts";
import type { AppEnv } from "@/http/env.ts";
import { errorText, retryAfterOf, setErrorHeaders, statusOf, wireCodeOf } from "@/http/errors.ts";
import { keepOpen } from "@/http/middleware.ts";
import { HOME, pageAddress, type WebAuthGuards } from "@/http/web-auth.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import { printable } from "@/lib/text.ts";
import type { LiveHub, LivePage } from "@/live/hub.ts";
import { isLocale, type Locale, translate } from "@/locales/translate.ts";
import { BareErrorPage, ErrorPage } from "@/views/error-page.tsx";
import type { Frame } from "@/views/layout.tsx";

/** What page routers have in common. */
export interface PageDeps {
  webAuth: WebAuthGuards;
  frameOf: FrameOf;
  live: LiveHub;
  recordRefusal(c: Context<AppEnv>, error: AppError): void;
}

const ONE_YEAR_SECONDS = 31_536_000;

/** The reader's language: `?lang=`, which is remembered, else the cookie, else `Accept-Language`. */
export const pageLocale = (): MiddlewareHandler<AppEnv> =>
  async function pageLocale(c, next) {
    const requested = c.req.query("lang");
    if (isLocale(requested)) {
      setCookie(c, "lang", requested, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: ONE_YEAR_SECONDS });
    }
    c.set("locale", localeOf(c));
    c.header("Vary", "Accept-Language, Cookie");
    await next();
  };

const localeOf = (c: Context<AppEnv>): Locale =>
  [c.req.query("lang"), getCookie(c, "lang")].find(isLocale) ?? c.var.locale;

/** The frame of a page behind `pageLocale` and a guard of `web-auth.ts`. */
export const createFrames =
  (clock: Clock) =>
  (c: Context<AppEnv>): Frame => ({
    locale: c.var.locale,
    t: translate(c.var.locale),
    address: pageAddress(c),
    viewer: c.var.viewer,
    now: toTimestamp(clock.now()),
  });

export type FrameOf = ReturnType<typeof createFrames>;

/** Renders a page with the status set before; control characters in stored text are removed. */
export const html = (c: Context<AppEnv>, document: Child) => {
  // The contract's spelling; `c.html` writes UTF-8.
  c.header("Content-Type", "text/html; charset=utf-8");
  return c.body(printable(String(document)));
};

/** Routes for programs, which get JSON whatever they accept. */
const FOR_PROGRAMS = /^\/(?:api|metrics|healthz|readyz)(?:\/|$)/;

/** Whether an error is shown on a page: a browser opens one, or sends a form of one. */
export const wantsPage = (c: Context<AppEnv>): boolean =>
  !FOR_PROGRAMS.test(c.req.path) && (c.req.header("accept")?.includes("text/html") ?? false);

const partsOf = (c: Context<AppEnv>, error: AppError) => {
  c.status(statusOf(error.code));
  setErrorHeaders(c, error);
  c.set("locale", localeOf(c));
  return { ...errorText(error, c.var.locale), traceId: c.var.requestId };
};

export const errorPage = (
  c: Context<AppEnv>,
  error: AppError,
  { frameOf, logFile }: { frameOf: FrameOf; logFile: string },
): Response => {
  if (wireCodeOf(error.code) === "host_not_allowed") return barePage(c, error);
  const parts = partsOf(c, error);
  // A guard of `web-auth.ts` may not have been reached.
  if (c.var.viewer === undefined) c.set("viewer", "anybody");
  const frame = frameOf(c);
  const command = error.code === "internal_error" ? `grep -h ${parts.traceId} ${quote(logFile)}*` : undefined;
  return html(c, ErrorPage({ ...parts, frame, command, back: c.req.method === "GET" ? HOME : frame.address }));
};

/** For errors while the service starts or stops, and under a host name that is not ours. */
export const barePage = (c: Context<AppEnv>, error: AppError): Response => {
  const reloadSeconds = retryAfterOf(error.code);
  return html(c, BareErrorPage({ ...partsOf(c, error), locale: c.var.locale, reloadSeconds }));
};

/** The last value of each query parameter. */
export const queryOf = (c: Context<AppEnv>): Record<string, string> =>
  Object.fromEntries(new URL(c.req.url).searchParams);

/** @returns what `work` returns, or the AppError that it throws, recorded: the answer to a form shows it. */
export const resultOrError = async <Result>(
  c: Context<AppEnv>,
  { recordRefusal }: Pick<PageDeps, "recordRefusal">,
  work: () => Result | Promise<Result>,
) => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    recordRefusal(c, error);
    return error;
  }
};

/** The event stream of a live page; it ends with the reader's session. */
export const watch = (c: Context<AppEnv>, live: LiveHub, page: LivePage): Response => {
  keepOpen(c);
  const headers = { "Content-Type": "text/event-stream" };
  // The stream of a HEAD request would never be read or closed.
  if (c.req.method === "HEAD") return c.body(null, 200, headers);
  return c.body(live.watch(page, c.var.session), 200, headers);
};
