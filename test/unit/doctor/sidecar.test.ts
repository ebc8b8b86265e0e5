import { expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { examine } from "@/doctor/examine.ts";
import { isPredecessor } from "@/doctor/proc.ts";
import { readContainerStartup, readStartup } from "@/gateway/sidecar.ts";
import { systemClock } from "@/lib/clock.ts";

const hostWith = (files: Record<string, string>) => {
  const root = newRoot();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text, { mode: 0o755 });
  }
  const environment = { OPENCLAW_BACKEND_ROOT: root, HOME: root, BACKEND_PORT: "1", PATH: join(root, "bin") };
  return { root, examine: async () => examine(environment, systemClock) };
};

const named = async (files: Record<string, string>) => {
  const host = hostWith(files);
  const findings = await host.examine();
  return findings.map(({ kind, command }) => [kind, command.replaceAll(host.root, "ROOT")] as const);
};

test("a folder of an earlier release is taken over first, or, where the new ones have content, told as left", async () => {
  const earlier = await named({ "data/openclaw/state/x": "", "bin/docker": "" });
  expect(earlier).toContainEqual([
    "sidecar_folder_earlier",
    "deploy/openclaw-gateway.sh --prepare && docker compose -f openclaw_sidecar.compose.yml up -d",
  ]);
  const left = await named({ "data/openclaw/state/x": "", "data/openclaw_home/y": "" });
  expect(left).toContainEqual(["sidecar_folder_left", "mv -n ROOT/data/openclaw ROOT/data/openclaw.aside"]);
});

test("a container that does not run as the owner of the folders is told, where Docker runs the gateway", async () => {
  const files = { ".env": "OPENCLAW_USER=4321:4321\n", "data/openclaw_home/x": "" };
  const kinds = async (more: Record<string, string>) => (await named({ ...files, ...more })).map(([kind]) => kind);
  expect(await kinds({ "bin/docker": "" })).toContain("sidecar_user");
  expect(await kinds({})).not.toContain("sidecar_user");
  const { root } = hostWith(files);
  const { message } = readContainerStartup(root, join(root, ".env"), systemClock) ?? {};
  expect(message).toContain("and the gateway runs as 4321:4321. Set OPENCLAW_USER=");
  const owner = `OPENCLAW_USER=${process.getuid?.()}:${process.getgid?.()}\n`;
  expect(await kinds({ "bin/docker": "", ".env": owner })).not.toContain("sidecar_user");
});

test("the predecessor's unit is known by what it starts", () => {
  const start = "ExecStart=/root/x/backend-service/.venv/bin/uvicorn app.main:app --host 127.0.0.1 --port 18889";
  expect(isPredecessor(start)).toBe(true);
  expect(isPredecessor("ExecStart=/opt/other/bin/uvicorn main:app --port 8000")).toBe(false);
});

test("the script's progress counts while it is fresh, its refusal until the gateway has started", () => {
  const clock = createTestClock();
  const at = (text: string, secondsAgo: number) => {
    const { root } = hostWith({ "data/openclaw_releases/.status": text });
    const seconds = clock.now().getTime() / 1000 - secondsAgo;
    utimesSync(join(root, "data/openclaw_releases/.status"), seconds, seconds);
    return readStartup(root, clock);
  };
  const message = "openclaw 2026.9.6: 40 s, 310 MB";
  expect(at(`installing: ${message}\n`, 20)).toEqual({ state: "installing", message });
  expect(at(`installing: ${message}\n`, 120)).toBeNull();
  expect(at("failed: npm has no openclaw 1\n", 5000)).toEqual({ state: "failed", message: "npm has no openclaw 1" });
  expect(at("anything else", 0)).toBeNull();
  expect(readStartup(newRoot(), clock)).toBeNull();
});
