import type { Context } from "hono";
import type { AppEnv } from "./env.ts";

/** Whom a request counts for: the socket's peer, never a header, which anybody can write. */
export const sourceOf = (c: Context<AppEnv>): string => sourceOfAddress(c.env?.remoteAddress?.() ?? "");

const LOOPBACK = "loopback";

/** An IPv6 user has a whole /64 to choose addresses from; an IPv4 one may come in IPv6 clothes. */
export const sourceOfAddress = (address: string): string => {
  const ipv4 = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return sourceOfAddress(ipv4);
  // All of 127.0.0.0/8 is this machine, and any program on it can call from any of them.
  if (/^127\.|^::1$/.test(address)) return LOOPBACK;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const network = [...groups, ...Array(missing).fill("0"), ...(tail ? tail.split(":") : [])].slice(0, 4);
  return `${network.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
};
