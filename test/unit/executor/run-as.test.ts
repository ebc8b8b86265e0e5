import { expect, test } from "bun:test";
import { resolveRunAs } from "@/executor/run-as.ts";
import { accountNamed } from "@/lib/paths.ts";

const agent = { name: "agent", uid: 1234, gid: 5678, home: "/home/agent" };
const environment = { PATH: "/bin", HOME: "/root", USER: "root", CODEX_HOME: "/codex" };
const resolve = (user: string, ownUid = 0) =>
  resolveRunAs({
    user,
    accountNamed: (name) => [agent, { ...agent, name: "toor", uid: 0 }].find((account) => account.name === name),
    ownUid,
    environment,
  });

test("without a name Codex is the service's own user", () => {
  expect(resolve("", 1000)).toEqual({ runAs: undefined, environment });
});

test("with a name it is that user, at home there", () => {
  expect(resolve("agent")).toEqual({
    runAs: { uid: 1234, gid: 5678 },
    environment: { PATH: "/bin", HOME: "/home/agent", USER: "agent", LOGNAME: "agent", CODEX_HOME: "/codex" },
  });
});

test.each([
  ["nobody-here", 0, "there is no such user"],
  ["toor", 0, "must not be root"],
  ["agent", 1000, "needs the service to run as root"],
])("%s, asked for by user %i, stops the start: %s", (user, ownUid, reason) => {
  expect(() => resolve(user, ownUid)).toThrow(reason);
});

test("accounts are read from the system", () => {
  expect(accountNamed("root")).toEqual({ name: "root", uid: 0, gid: 0, home: "/root" });
  expect(accountNamed("no-such-user")).toBeUndefined();
});
