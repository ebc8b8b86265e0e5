import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";
import type { Throttle } from "./throttle.ts";

/** Repeated headers arrive as one, joined by a comma; a token contains no space. */
const REPEATED = /^[^,]*,\s*\S+\s/;

/**
 * Bearer authentication as the contract defines it: the scheme in any case, exactly one space, then the token, both
 * sides trimmed (`hono/bearer-auth` answers a malformed header with 400). A repeated header is rejected, since a proxy
 * and this service might each use a different one. Without a configured token ("") every request is rejected.
 */
export const bearer = ({ token, throttle }: { token: string; throttle: Throttle }): MiddlewareHandler<AppEnv> => {
  const isToken = createSecretCheck(token);
  return async function bearer(c, next) {
    if (token === "") throw new AppError("auth_not_configured");
    const header = c.req.header("authorization")?.trim() ?? "";
    if (REPEATED.test(header)) throw new AppError("auth_repeated");
    const sent = /^bearer (.*)/i.exec(header)?.[1]?.trim();
    if (!sent) throw new AppError("auth_missing");
    if (!isToken(sent)) {
      await throttle.failed(sourceOf(c));
      throw new AppError("auth_invalid");
    }
    c.set("isAuthenticated", true);
    await next();
  };
};

const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();

/** Compares digests in constant time, which hides the secret's length too; "" matches nothing. */
export const createSecretCheck = (secret: string) => {
  const expected = digest(secret);
  return (sent: string): boolean => crypto.timingSafeEqual(digest(sent), expected) && secret !== "";
};

/** The client that the throttle counts: the socket's remote address, never a header, which can be forged. */
export const sourceOf = (c: Context<AppEnv>): string => sourceOfAddress(c.env?.remoteAddress?.() ?? "");

/** Any local program can use any address of 127.0.0.0/8, also in its IPv6 form. */
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** An IPv6 client owns a whole /64; an IPv4 client keeps its address in IPv6 form. */
export const sourceOfAddress = (address: string): string => {
  if (LOOPBACK.test(address)) return "loopback";
  const network = address.replace(/^::ffff:(?=[\d.]+$)/, "").replace(/::.*/, "");
  return network.split(":").slice(0, 4).join(":");
};
