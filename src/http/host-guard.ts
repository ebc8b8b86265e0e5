import type { MiddlewareHandler } from "hono";
import { AppError } from "@/errors.ts";
import type { AppEnv } from "./env.ts";

const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/** The port is not compared, so that a tunnel keeps working. */
export const isServedHost = (allowedHosts: ReadonlySet<string>, host = ""): boolean =>
  allowedHosts.has(hostNameOf(host));

/**
 * Serves only requests addressed to one of our names, which is what stops DNS rebinding: a page under another
 * name that resolves to us still sends its own name.
 */
export const hostGuard = (allowedHosts: ReadonlySet<string>): MiddlewareHandler<AppEnv> =>
  async function hostGuard(c, next) {
    if (!isServedHost(allowedHosts, c.req.header("host"))) throw new AppError("host_not_allowed");
    await next();
  };

/** Lets browser writes through only from our own pages: the Origin must be this request's own, already guarded, Host. */
export const originGuard = (): MiddlewareHandler<AppEnv> =>
  async function originGuard(c, next) {
    if (!SAFE_METHODS.includes(c.req.method)) {
      const host = c.req.header("host");
      const origin = c.req.header("origin");
      if (origin !== `http://${host}` && origin !== `https://${host}`) throw new AppError("origin_not_allowed");
    }
    await next();
  };

/** "[::1]:80" -> "::1", "Localhost:80" -> "localhost"; "" for what no address can have. */
const hostNameOf = (host: string): string => {
  const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
  return Number(port ?? 0) > 65_535 ? "" : (ipv6 ?? name ?? "");
};
