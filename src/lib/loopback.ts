/** Whether an address to bind, or the name in a Host header, means this machine only. */
export const isLoopback = (host: string): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);

export const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** The bound address as the host of a URL; a wildcard cannot be visited. */
export const urlHostOf = (boundHost: string): string => {
  if (isWildcard(boundHost)) return "127.0.0.1";
  return boundHost.includes(":") ? `[${boundHost}]` : boundHost;
};
