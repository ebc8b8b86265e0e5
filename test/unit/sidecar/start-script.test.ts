import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSidecar } from "@test/support/compose-file.ts";
import { fixture } from "@test/support/fixtures.ts";

/** Stands for the volume, the container's /data. */
let volume: string;

beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), "sidecar-"));
});

afterEach(() => rmSync(volume, { recursive: true, force: true }));

/** Runs the container's command with stand-ins for npm and Node; returns how these were called. */
const startContainer = (options: { version?: string; token?: string; npmFails?: boolean } = {}) => {
  const { version = "2026.2.9", token = "a-token-of-the-operator", npmFails = false } = options;
  const { command, environment } = readSidecar({ OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_VERSION: version });
  const calls = join(volume, "calls");
  rmSync(calls, { force: true });
  const remapped = Object.entries(environment).map(([name, value]) => [name, value.replace(/^\/data/, volume)]);
  const { exitCode, stderr } = Bun.spawnSync(command, {
    cwd: volume,
    env: {
      ...Object.fromEntries(remapped),
      PATH: `${fixture("compose/bin")}:${process.env.PATH}`,
      CALLS: calls,
      NPM_FAILS: npmFails ? "1" : "",
    },
  });
  const lines = existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [];
  return { exitCode, stderr: stderr.toString(), calls: lines };
};

const gatewayOf = (version: string) => `node releases/${version}/node_modules/openclaw/openclaw.mjs gateway`;

test("installs the wanted version at the first start, without scripts and without git", () => {
  const { calls } = startContainer();

  expect(calls).toEqual([expect.stringMatching(/^npm install .*--ignore-scripts/), gatewayOf("2026.2.9")]);
  expect(calls[0]).toContain('{"openclaw":"2026.2.9"},"overrides":{"libsignal":"6.0.0"}}');
});

test("starts again without the network", () => {
  startContainer();

  expect(startContainer().calls).toEqual([gatewayOf("2026.2.9")]);
});

test("installs another version beside the old one, which needs no network to go back to", () => {
  startContainer();

  expect(startContainer({ version: "2026.9.6" }).calls.at(-1)).toBe(gatewayOf("2026.9.6"));
  expect(startContainer().calls).toEqual([gatewayOf("2026.2.9")]);
});

test("begins an install anew that was cut short", () => {
  const cutShort = startContainer({ npmFails: true });
  expect(cutShort.exitCode).toBe(1);
  expect(cutShort.calls).toHaveLength(1);

  expect(startContainer().calls).toHaveLength(2);
});

test("refuses the placeholder token", () => {
  const { exitCode, stderr, calls } = startContainer({ token: "replace_with_strong_random_token" });

  expect(exitCode).toBe(78);
  expect(stderr).toContain("still the placeholder");
  expect(calls).toEqual([]);
});

test("keeps its state private to its own user", () => {
  startContainer();

  expect(statSync(join(volume, "state")).mode & 0o777).toBe(0o700);
});
