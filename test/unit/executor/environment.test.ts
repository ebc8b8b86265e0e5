import { expect, test } from "bun:test";
import { childEnvironment, codexHomeOf, loginFileOf, runAsFor } from "@/executor/environment.ts";
import { accountNamed } from "@/lib/paths.ts";

test("a child gets what is on the list, what the operator adds, and never a secret of ours", () => {
  const environment = {
    PATH: "/bin",
    CODEX_HOME: "/codex",
    MY_KEY: "model key",
    BACKEND_API_TOKEN: "ours",
    OPENCLAW_GATEWAY_TOKEN: "ours too",
    AWS_SECRET_ACCESS_KEY: "not asked for",
  };
  expect(
    childEnvironment(environment, ["MY_KEY", "ABSENT", "BACKEND_API_TOKEN", "OPENCLAW_GATEWAY_TOKEN"]),
  ).toStrictEqual({
    PATH: "/bin",
    CODEX_HOME: "/codex",
    MY_KEY: "model key",
  });
});

test("the list is: programs, home, who, where, language, Codex's own, proxies and certificates", () => {
  const passed = `PATH HOME USER LOGNAME SHELL TMPDIR TZ LANG LANGUAGE LC_ALL LC_CTYPE LC_MESSAGES
    CODEX_HOME CODEX_API_KEY OPENAI_API_KEY SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS
    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy`.split(/\s+/);
  const kept =
    `LD_PRELOAD NODE_OPTIONS BASH_ENV ENV IFS PYTHONPATH GIT_SSH_COMMAND SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS
    OPENCLAW_GATEWAY_BACKUP_TOKEN BACKEND_DB_PATH`.split(/\s+/);
  const environment = Object.fromEntries([...passed, ...kept].map((name) => [name, `value of ${name}`]));
  const expected = Object.fromEntries(passed.map((name) => [name, `value of ${name}`]));
  expect(childEnvironment(environment, ["OPENCLAW_GATEWAY_BACKUP_TOKEN"])).toStrictEqual(expected);
});

test("Codex keeps its login in CODEX_HOME, or else in .codex of the home", () => {
  expect(codexHomeOf({ CODEX_HOME: "/codex", HOME: "/home/agent" })).toBe("/codex");
  expect(codexHomeOf({ CODEX_HOME: "", HOME: "/home/agent" })).toBe("/home/agent/.codex");
  expect(codexHomeOf({})).toBe(".codex");
  expect(loginFileOf({ HOME: "/home/agent" })).toBe("/home/agent/.codex/auth.json");
});

const agent = { name: "agent", uid: 1234, gid: 5678, home: "/home/agent" };
const environment = { PATH: "/bin", HOME: "/root", USER: "root", CODEX_HOME: "/codex" };
const resolve = (user: string, ownUid = 0) =>
  runAsFor(
    { executor: { user }, environment },
    {
      lookUp: (name) => [agent, { ...agent, name: "toor", uid: 0 }].find((account) => account.name === name),
      ownUid,
    },
  );

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
  expect(() => runAsFor({ executor: { user: "root" }, environment })).toThrow("must not be root");
  expect(accountNamed("root")).toEqual({ name: "root", uid: 0, gid: 0, home: "/root" });
  expect(accountNamed("no-such-user")).toBeUndefined();
});
