import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseConfig } from "@/config.ts";
import { createSandbox, protectedPaths } from "@/executor/sandbox.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Outside /tmp, which every job may write: this machine's home may lie there. */
const newHome = () => {
  const home = realpathSync(mkdtempSync("/var/tmp/sandbox-"));
  folders.push(home);
  return home;
};

const setUp = ({ root = "apps/backend", env = {} as Record<string, string>, config = "" } = {}) => {
  const home = newHome();
  const service = join(home, root);
  for (const folder of [
    join(service, "data"),
    join(service, "logs/backend"),
    join(home, ".codex"),
    join(home, "work"),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(join(service, ".env"), "");
  writeFileSync(join(home, ".bashrc"), "");
  writeFileSync(join(home, ".codex/config.toml"), config);
  const environment = {
    HOME: home,
    PATH: "/usr/bin",
    OPENCLAW_BACKEND_ROOT: service,
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace("~", home)])),
  };
  const sandbox = createSandbox(parseConfig(environment), environment, { findCodex: () => "/usr/bin/codex" });
  const rulesFor = (cwd: string) => {
    const stated = sandbox.forJob(cwd);
    if (!stated) throw new Error("not protectable");
    const profile = stated.arguments.find((argument) => argument.startsWith("permissions.")) ?? "";
    const rules = Bun.TOML.parse(profile.replace(/^[^=]*/, "profile")) as {
      profile: { filesystem: object; network?: object };
    };
    const { filesystem, network } = rules.profile;
    return { ...stated, network, filesystem: filesystem as Record<string, unknown> };
  };
  return { home, service, sandbox, rulesFor };
};

const CWD = { ".": "write" };

test("a job in the home may write there, but not in the service's folder nor move what is around it", () => {
  const { home, service, rulesFor } = setUp();
  const { filesystem, isNeeded } = rulesFor(home);
  expect(isNeeded).toBe(true);
  expect(filesystem).toMatchObject({
    ":root": "read",
    ":workspace_roots": CWD,
    [dirname(service)]: "write",
    [service]: "read",
    [join(home, ".codex")]: "read",
    [join(home, ".bashrc")]: "read",
    [join(service, ".env")]: "deny",
  });
  // One that is missing would be covered by an empty file, which a killed Codex leaves.
  expect(Object.keys(filesystem)).not.toContain(join(home, ".profile"));
});

test("a job in the service's folder or below may not write there at all", () => {
  const { service, rulesFor } = setUp();
  for (const cwd of [service, join(service, "data")]) {
    expect(rulesFor(cwd).isNeeded).toBe(true);
    expect(rulesFor(cwd).filesystem).not.toHaveProperty([":workspace_roots"]);
  }
});

test("the agents' workspace in the data folder stays writable, from there and from above; what is ours beside it not", () => {
  const { home, service, rulesFor } = setUp();
  const workspace = join(service, "data/openclaw_workspace");
  mkdirSync(join(workspace, "project"), { recursive: true });
  mkdirSync(join(service, "data/openclaw_home/agents"), { recursive: true });
  mkdirSync(join(service, "data/openclaw_home.before-20260301-080000"), { recursive: true });
  for (const cwd of [workspace, join(workspace, "project")]) {
    expect(rulesFor(cwd)).toMatchObject({ isReadOnly: false, filesystem: { ":workspace_roots": CWD } });
  }
  for (const cwd of [home, service, join(service, "data")]) {
    expect(rulesFor(cwd)).toMatchObject({ isReadOnly: cwd !== home, filesystem: { [workspace]: "write" } });
  }
  for (const name of [
    "data",
    "data/openclaw_home",
    "data/openclaw_home/agents",
    "data/openclaw_tmp",
    "data/openclaw_home.before-20260301-080000",
  ]) {
    expect(rulesFor(join(service, name)).isReadOnly).toBe(true);
  }
});

test("a path that Codex would read as a pattern is hidden by its exact name, and refused where it cannot be", () => {
  const { home, service, sandbox, rulesFor } = setUp({ root: "[a]*/backend" });
  expect(rulesFor(join(home, "work")).filesystem).toMatchObject({ [join(home, "[[]a][*]/backend/.env")]: "deny" });
  expect(sandbox.forJob(home)).toBeUndefined();
  expect(sandbox.forJob(service)).toBeDefined();
});

test("without HOME, Codex's home is the account's", () => {
  const config = parseConfig({ HOME: "/home/x" });
  expect(protectedPaths(config, {}).codexHome).toBe("/home/x/.codex");
});

test("a job elsewhere has its directory, and still cannot read the tokens", () => {
  const { home, service, rulesFor } = setUp();
  const { filesystem } = rulesFor(join(home, "work"));
  expect(filesystem).toMatchObject({ ":workspace_roots": CWD, [join(service, ".env")]: "deny" });
  expect(filesystem).not.toHaveProperty([service]);
});

test("a trusted project is stated, so that Codex covers the settings in it", () => {
  const home = newHome();
  mkdirSync(join(home, "project"));
  const config = `[projects."${home}/project"]\ntrust_level = "trusted"\n[projects."${home}"]\ntrust_level = "untrusted"\n`;
  const { rulesFor } = setUp({ config });
  expect(rulesFor(home).filesystem).toMatchObject({ [join(home, "project")]: "write" });
  expect(rulesFor(join(home, "project")).filesystem).not.toHaveProperty([join(home, "project")]);
});

test("nothing is hidden where no sandbox can be made, since Codex would not start", () => {
  const { home, sandbox } = setUp();
  const stated = sandbox.forJob(join(home, "work"), false);
  expect(stated?.arguments.join(" ")).not.toContain('"deny"');
});

test("a job in / may write in the folders below it, but for the system's", () => {
  const { filesystem } = setUp().rulesFor("/");
  expect(filesystem).toMatchObject({ "/home": "write", "/var/lib": "read" });
  for (const path of ["/", "/etc", "/usr", "/proc"]) expect(filesystem).not.toHaveProperty([path]);
});

test("files that a setting puts elsewhere are kept by their folder", () => {
  const env = { BACKEND_AUDIT_PATH: "~/records/audit.jsonl", BACKEND_DB_PATH: "~/state/x.db" };
  const { home, rulesFor } = setUp({ env });
  for (const folder of ["records", "state"]) mkdirSync(join(home, folder), { recursive: true });
  expect(rulesFor(home).filesystem).toMatchObject({ [join(home, "records")]: "read", [join(home, "state")]: "read" });
});

test("a file of ours that lies in the working directory itself cannot be kept", () => {
  const { home, sandbox } = setUp({ env: { BACKEND_AUDIT_PATH: "~/audit.jsonl" } });
  expect(sandbox.forJob(home)).toBeUndefined();
  expect(sandbox.forJob(join(home, "work"))).toBeDefined();
});

test("nor can a link to the service's folder, which the job could turn", () => {
  const { home, service, sandbox } = setUp({ env: { OPENCLAW_BACKEND_ROOT: "~/link" } });
  symlinkSync(service, join(home, "link"));
  expect(sandbox.forJob(home)).toBeUndefined();
});

test("what the operator allows beside the working directory stays allowed", () => {
  const { home, rulesFor } = setUp({
    config: '[sandbox_workspace_write]\nnetwork_access = true\nexclude_slash_tmp = true\nwritable_roots = ["/srv"]\n',
  });
  const { filesystem, network } = rulesFor(join(home, "work"));
  expect(network).toEqual({ enabled: true });
  expect(filesystem).toMatchObject({ "/srv": "write", ":tmpdir": "write" });
  expect(filesystem).not.toHaveProperty([":slash_tmp"]);
});

test("but a folder that it allows above the service does not open the service", () => {
  const { home, service, rulesFor } = setUp();
  writeFileSync(join(home, ".codex/config.toml"), `[sandbox_workspace_write]\nwritable_roots = ["${home}"]\n`);
  const { filesystem, isNeeded } = rulesFor(join(home, "work"));
  expect(isNeeded).toBe(true);
  expect(filesystem).toMatchObject({ [home]: "write", [service]: "read" });
});

test("no two profiles have the same name, so that no repository can add to it", () => {
  const { home, sandbox } = setUp();
  const [first, second] = [sandbox.forJob(home), sandbox.forJob(home)];
  expect(first).not.toEqual(second);
});

test("settings in anything but a regular file are none: a pipe would hold the whole service", async () => {
  const { home, rulesFor } = setUp();
  const config = join(home, ".codex/config.toml");
  rmSync(config);
  expect(Bun.spawnSync(["mkfifo", config]).exitCode).toBe(0);
  // Ends the wait of a reader, so that this test ends.
  const writer = Bun.spawn(["sh", "-c", 'sleep 5; touch "$0.written"; timeout 1 sh -c ": > $0"', config]);
  rulesFor(join(home, "work"));
  expect(existsSync(`${config}.written`)).toBe(false);
  writer.kill();
});
