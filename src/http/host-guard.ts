import type { HonoRequest, MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";

const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];
/** "same-site" is another port or another name of the same domain: not us. */
const FOREIGN_SITES = ["cross-site", "same-site"];

/** The port is not compared, so that a tunnel keeps working. */
export const isServedHost = (allowedHosts: ReadonlySet<string>, host: string | undefined): boolean => {
  const name = hostNameOf(host ?? "");
  return name !== undefined && allowedHosts.has(name);
};

/**
 * Serves only requests addressed to one of our names, which is what stops DNS rebinding: a page under another
 * name that resolves to us still sends its own name.
 */
export const hostGuard = (allowedHosts: ReadonlySet<string>): MiddlewareHandler<AppEnv> =>
  async function hostGuard(c, next) {
    if (!isServedHost(allowedHosts, c.req.header("host"))) throw new AppError("host_not_allowed");
    await next();
  };

/**
 * Refuses, on every route and with any method or content type, what a browser says a page of another site asked for;
 * only a link to us may be followed. Programs send none of these headers. What a preflight asks is answered by 405.
 */
export const foreignSiteGuard = (): MiddlewareHandler<AppEnv> =>
  async function foreignSiteGuard({ req }, next) {
    if (req.method !== "OPTIONS" && isOfForeignSite(req)) throw new AppError("origin_not_allowed");
    await next();
  };

/** Whether a browser says that a page of another site asks. */
export const isOfForeignSite = (req: HonoRequest): boolean => {
  if (req.header("origin") !== undefined && !hasOwnOrigin(req)) return true;
  return FOREIGN_SITES.includes(req.header("sec-fetch-site") ?? "") && !isFollowedLink(req);
};

/** Lets writes without a token through only from our own pages, which always name their Origin. */
export const originGuard = (): MiddlewareHandler<AppEnv> =>
  async function originGuard({ req }, next) {
    if (!SAFE_METHODS.includes(req.method) && !hasOwnOrigin(req)) throw new AppError("origin_not_allowed");
    await next();
  };

/** The one Origin of ours is this request's own Host, which has passed the guard, its port included. */
const hasOwnOrigin = (req: HonoRequest): boolean => {
  const [host, origin] = [req.header("host"), req.header("origin")];
  return origin === `http://${host}` || origin === `https://${host}`;
};

const isFollowedLink = (req: HonoRequest): boolean =>
  ["GET", "HEAD"].includes(req.method) &&
  req.header("sec-fetch-mode") === "navigate" &&
  req.header("sec-fetch-dest") === "document";

/** "[::1]:80" -> "::1", "Localhost:80" -> "localhost"; undefined for what no address can have. */
export const hostNameOf = (host: string): string | undefined => {
  const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
  return port !== undefined && Number(port) > 65_535 ? undefined : (ipv6 ?? name);
};
