import { afterAll, beforeAll, expect, test } from "bun:test";
import { createScratch } from "./program.ts";
import { newToken } from "./service.ts";
import { startSidecar } from "./sidecar.ts";

const token = newToken();
const volume = createScratch();
let sidecar: Awaited<ReturnType<typeof startSidecar>>;

beforeAll(async () => {
  sidecar = await startSidecar({ volume: volume.folder, version: "2026.2.9", token });
});

afterAll(async () => {
  await sidecar?.stop();
  volume.remove();
});

test("the container's command starts the real gateway, which its health check finds healthy", () => {
  expect(sidecar.healthCheck()).toBe(0);
});

test("the health check notices a wrong token", () => {
  expect(sidecar.healthCheck({ OPENCLAW_GATEWAY_TOKEN: newToken() })).toBe(1);
});

test("the token is on no command line", () => {
  expect(Bun.spawnSync(["sh", "-c", "cat /proc/[0-9]*/cmdline"]).stdout.toString()).not.toContain(token);
});

test("the health check notices that the gateway has stopped", async () => {
  await sidecar.stop();

  expect(sidecar.healthCheck()).toBe(1);
});
