/** Whether only this machine itself is meant: an address to bind, or the name in a Host header. */
export const isLoopback = (host: string): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);

/** Whether every address of this machine is meant. */
export const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** The bound address as it stands in a URL; a wildcard is no address to visit. */
export const urlHostOf = (boundHost: string): string => {
  if (isWildcard(boundHost)) return "127.0.0.1";
  return boundHost.includes(":") ? `[${boundHost}]` : boundHost;
};
