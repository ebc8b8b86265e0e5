import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readSidecar, sidecarConfigPath } from "@test/support/compose-file.ts";
import { isListening } from "./openclaw-gateway.ts";
import { ensurePeer, openclawPeer, openclawProgram } from "./peers.ts";
import { createScratch, freePort, type Program, startProgram, until } from "./program.ts";
import { newToken } from "./service.ts";

const version = "2026.2.9";
const token = newToken();
/** Stands for the container's /data, with the wanted version installed. */
const volume = createScratch();
const sidecar = readSidecar({ OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_VERSION: version });
let port: number;
let program: Program;
let environment: Record<string, string>;

beforeAll(async () => {
  const peer = await ensurePeer(openclawPeer(version));
  mkdirSync(join(volume.folder, "releases"));
  symlinkSync(peer, join(volume.folder, "releases", version));
  port = await freePort();
  const configPath = join(volume.folder, "openclaw.json5");
  writeFileSync(configPath, onTestPort(readFileSync(sidecarConfigPath, "utf8")));

  environment = {
    ...Object.fromEntries(
      Object.entries(sidecar.environment).map(([name, value]) => [name, value.replace(/^\/data/, volume.folder)]),
    ),
    OPENCLAW_CONFIG_PATH: configPath,
    PATH: `${dirname(openclawProgram(peer).node)}:${process.env.PATH}`,
  };
  program = startProgram({ argv: sidecar.command, cwd: volume.folder, env: environment });
  await until(() => isListening(`http://127.0.0.1:${port}`), program);
});

afterAll(async () => {
  await program?.stop();
  volume.remove();
});

const onTestPort = (text: string): string => text.replaceAll("18789", String(port));

/** Runs the container's health check; 0 means healthy. */
const healthCheck = (env: Record<string, string>): number =>
  Bun.spawnSync(sidecar.healthcheck.test.slice(1).map(onTestPort), { env }).exitCode;

test("the container's command starts the real gateway, which its health check finds healthy", () => {
  expect(healthCheck(environment)).toBe(0);
});

test("the health check notices a wrong token", () => {
  expect(healthCheck({ ...environment, OPENCLAW_GATEWAY_TOKEN: newToken() })).toBe(1);
});

test("the token is on no command line", () => {
  expect(Bun.spawnSync(["sh", "-c", "cat /proc/[0-9]*/cmdline"]).stdout.toString()).not.toContain(token);
});

test("the health check notices that the gateway has stopped", async () => {
  await program.stop();

  expect(healthCheck(environment)).toBe(1);
});
