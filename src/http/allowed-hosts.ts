import { networkInterfaces } from "node:os";
import { isWildcard } from "@/lib/loopback.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** The names under which this service is reached: loopback, what it is bound to, and what the operator adds. */
export const allowedHosts = (boundHost: string, added: readonly string[]): ReadonlySet<string> => {
  const bound = isWildcard(boundHost)
    ? Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])
    : [boundHost];
  return new Set([...LOOPBACK, ...bound, ...added].map((host) => host.toLowerCase()));
};
