import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** Whom a request counts for: the socket's peer, never a header, which anybody can write. */
export const sourceOf = (c: Context<AppEnv>): string => sourceOfAddress(c.env?.remoteAddress?.() ?? "");

const LOOPBACK = "loopback";

/** All of 127.0.0.0/8 is this machine, and any program on it can call from any of them, in IPv6 clothes too. */
const LOCAL = /^(?:::ffff:)?127\.|^::1$/;

/** An IPv6 user has a whole /64 to choose addresses from. */
export const sourceOfAddress = (address: string): string => {
  if (LOCAL.test(address)) return LOOPBACK;
  const [network = ""] = address.split("::");
  return network.split(":").slice(0, 4).join(":");
};
