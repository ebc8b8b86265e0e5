import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { adaptCommand } from "@/doctor/shell.ts";

const hostWith = (programs: string[], { gatewayUnit = false, folder = "bin" } = {}) => {
  const bin = join(newRoot(), folder);
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(bin, program), "");
    chmodSync(join(bin, program), 0o755);
  }
  return adaptCommand({ environment: { PATH: bin }, units: { backend: false, gateway: gatewayUnit } });
};

const START = "docker compose -f openclaw_sidecar.compose.yml up -d --force-recreate";

test("without Bun on the host a command goes by npx, also when npx started the doctor", () => {
  const npx = `npx --yes bun@${Bun.version} run backup`;
  expect(hostWith(["bun"])("bun run backup")).toBe("bun run backup");
  expect(hostWith([])("bun run backup")).toBe(npx);
  expect(hostWith(["bun"], { folder: "_npx/1a/node_modules/.bin" })("bun run backup")).toBe(npx);
});

test("the gateway is started as this host starts it", () => {
  expect(hostWith(["docker"])(START)).toBe(START);
  expect(hostWith(["docker"], { gatewayUnit: true })(START)).toBe("systemctl restart openclaw-gateway.service");
  expect(hostWith([])(`true && ${START}`)).toBe("true && deploy/openclaw-gateway.sh");
});
