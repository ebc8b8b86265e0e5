import { BlockList, isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { HonoRequest, MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import { isLoopback, isWildcard } from "@/lib/http.ts";
import type { AppEnv } from "./env.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];
/** "same-site" is another port or another name of the same domain. */
const FOREIGN_SITES = ["cross-site", "same-site"];

/** The names of this service: loopback, the address it binds, and what the operator adds. */
export const allowedHosts = (boundHost: string, added: readonly string[]): ReadonlySet<string> => {
  const bound = isWildcard(boundHost)
    ? Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])
    : [boundHost];
  return new Set([...LOOPBACK, ...bound, ...added].map((host) => host.toLowerCase()));
};

/** The port is not compared, so that an SSH tunnel works. */
export const isAllowedHost = (allowedHosts: ReadonlySet<string>, host: string | undefined): boolean => {
  const name = hostNameOf(host ?? "");
  return name !== undefined && allowedHosts.has(name);
};

export interface HostGuardOptions {
  allowedHosts: ReadonlySet<string>;
  boundHost: string;
  redact?: ((text: string) => string) | undefined;
}

/** Prevents DNS rebinding: a page under another name that resolves to this machine still sends its own Host. */
export const hostGuard = ({
  allowedHosts,
  boundHost,
  redact = String,
}: HostGuardOptions): MiddlewareHandler<AppEnv> => {
  const isPrivate = createPrivateCheck();
  return async function hostGuard({ req }, next) {
    const header = req.header("host");
    if (!isAllowedHost(allowedHosts, header)) {
      // Only a private name is repeated, with what to set for it: a public one may be an attacker's.
      const host = hostNameOf(redact(header ?? "")) ?? "";
      if (!isPrivate(host)) throw new AppError("host_not_allowed");
      throw new AppError(isLoopback(boundHost) ? "private_host_on_loopback" : "private_host_not_allowed", { host });
    }
    await next();
  };
};

/** RFC 1918, 6598, 3927, 4193 and 4291: such as a container's network, or the LAN. */
const PRIVATE_NETWORKS = [
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
] as const;
/** A compose service, or a name under a domain that no public DNS serves. */
const PRIVATE_NAME = /^[a-z\d_-]{1,63}(?:(?:\.[a-z\d_-]{1,63}){0,4}\.(?:internal|local|lan|localdomain|home\.arpa))?$/;

const createPrivateCheck = () => {
  const networks = new BlockList();
  for (const [address, prefix, family] of PRIVATE_NETWORKS) networks.addSubnet(address, prefix, family);
  return (host: string): boolean =>
    isIP(host) ? networks.check(host, isIPv6(host) ? "ipv6" : "ipv4") : PRIVATE_NAME.test(host) && !/^\d+$/.test(host);
};

/**
 * Rejects requests that a page of another site makes a browser send, on every route and whatever the method; following
 * a link is allowed. Programs send none of these headers. A preflight gets its 405.
 */
export const foreignSiteGuard = (): MiddlewareHandler<AppEnv> =>
  async function foreignSiteGuard({ req }, next) {
    if (req.method !== "OPTIONS" && isFromForeignSite(req)) throw new AppError("origin_not_allowed");
    await next();
  };

export const isFromForeignSite = (req: HonoRequest): boolean => {
  if (req.header("origin") !== undefined && !hasOwnOrigin(req)) return true;
  return FOREIGN_SITES.includes(req.header("sec-fetch-site") ?? "") && !isFollowedLink(req);
};

/** CSRF protection for writes without a token: browsers send an Origin with every form of our own pages. */
export const originGuard = (): MiddlewareHandler<AppEnv> =>
  async function originGuard({ req }, next) {
    if (!SAFE_METHODS.includes(req.method) && !hasOwnOrigin(req)) throw new AppError("origin_not_allowed");
    await next();
  };

/** Our own Origin is the Host of this request, port included; the host guard has checked it. */
const hasOwnOrigin = (req: HonoRequest): boolean => {
  const [host, origin] = [req.header("host"), req.header("origin")];
  return origin === `http://${host}` || origin === `https://${host}`;
};

const isFollowedLink = (req: HonoRequest): boolean =>
  ["GET", "HEAD"].includes(req.method) &&
  req.header("sec-fetch-mode") === "navigate" &&
  req.header("sec-fetch-dest") === "document";

/** "[::1]:80" -> "::1", "Localhost:80" -> "localhost"; undefined for an invalid Host. */
export const hostNameOf = (host: string): string | undefined => {
  const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
  return Number(port) > 65_535 ? undefined : (ipv6 ?? name);
};
