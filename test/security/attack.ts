import type { Service } from "@test/real/service.ts";

/** One attack of a row of the table in SECURITY.md. */
export interface Attack {
  /** The row's name, as SECURITY.md has it. */
  row: string;
  name: string;
  /**
   * @returns what was seen, in a few words.
   * @throws when the attack succeeds.
   */
  run(target: Target): Promise<string>;
}

/** The running server, and what an attacker and an honest client can do with it. */
export interface Target {
  service: Service;
  /** host:port of its socket. */
  port: number;
  host: string;
  /** A request as anybody can send it: no token. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** A request with the right token. */
  trusted(path: string, init?: RequestInit): Promise<Response>;
}

export const createTarget = (service: Service): Target => {
  const { port, host } = new URL(service.url);
  const call = (path: string, init: RequestInit = {}) => fetch(service.url + path, { redirect: "manual", ...init });
  return {
    service,
    port: Number(port),
    host,
    call,
    trusted: (path, init = {}) =>
      call(path, { ...init, headers: { authorization: `Bearer ${service.apiToken}`, ...headersOf(init) } }),
  };
};

const headersOf = (init: RequestInit) => Object.fromEntries(new Headers(init.headers));

/** @throws with the facts when they are not as they must be. */
export const must = (isTrue: boolean, otherwise: string): void => {
  if (!isTrue) throw new Error(otherwise);
};

/** @throws when the answer has another status, or names another code. */
export const mustAnswer = async (response: Response, status: number, code?: string): Promise<void> => {
  const text = await response.text();
  must(response.status === status, `answered ${response.status}, not ${status}: ${text.slice(0, 200)}`);
  if (code !== undefined) must(text.includes(`"error_code":"${code}"`), `not ${code}: ${text.slice(0, 200)}`);
};
