import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { allowedHosts, isAllowedHost, originGuard } from "@/http/host-guard.ts";

test("we serve under loopback, the address that is bound and what the operator adds, in any case", () => {
  expect([...allowedHosts("192.0.2.7", ["Proxy.Example"])].sort()).toEqual(
    ["127.0.0.1", "192.0.2.7", "::1", "localhost", "proxy.example"].sort(),
  );
});

test("bound to every address, we serve under each that this machine has, and no other", () => {
  const ofMachine = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
  const expected = new Set(["127.0.0.1", "::1", "localhost", ...ofMachine]);
  for (const wildcard of ["0.0.0.0", "::"]) expect(allowedHosts(wildcard, [])).toEqual(expected);
});

test("without a Host, or under an empty name, nothing is served", () => {
  const hosts = new Set(["", "undefined", "localhost"]);
  expect([undefined, "", ":80", "[]"].map((host) => isAllowedHost(hosts, host))).toEqual([false, false, false, false]);
  expect(isAllowedHost(hosts, "localhost:1")).toBe(true);
});

test("a write needs our Origin, a read needs none", async () => {
  const app = new Hono<AppEnv>().use(originGuard()).all("*", (c) => c.text("in"));
  app.onError((error, c) => c.text(error.message, 403));
  const statusOf = async (method: string, headers: Record<string, string> = {}) =>
    (await app.request("/", { method, headers: { host: "h:1", ...headers } })).status;
  for (const method of ["GET", "HEAD", "OPTIONS"]) expect([method, await statusOf(method)]).toEqual([method, 200]);
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    expect([method, await statusOf(method)]).toEqual([method, 403]);
    for (const origin of ["http://h:1", "https://h:1"]) expect(await statusOf(method, { origin })).toBe(200);
    for (const origin of ["http://h", "http://h:12", "xhttp://h:1", "null", ""]) {
      expect(await statusOf(method, { origin })).toBe(403);
    }
  }
});
