import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readSidecar, sidecarConfigPath } from "@test/support/compose-file.ts";
import { isListening } from "./openclaw-gateway.ts";
import { ensurePeer, type OpenclawVersion, openclawPeer, openclawProgram } from "./peers.ts";
import { freePort, startProgram, until } from "./program.ts";

const SCRIPT = resolve(import.meta.dir, "../../deploy/openclaw-gateway.sh");

interface SidecarOptions {
  /** Has the container's folders. */
  volume: string;
  version: OpenclawVersion;
  token: string;
  /** Beside and before the sidecar's own configuration. */
  config?: Record<string, unknown>;
}

/** The compose file's own command, run without a container: the version is there already, as after an install. */
export const startSidecar = async ({ volume, version, token, config = {} }: SidecarOptions) => {
  const peer = await ensurePeer(openclawPeer(version));
  const { node, entry } = openclawProgram(peer);
  const release = join(volume, "releases", version);
  mkdirSync(dirname(release), { recursive: true, mode: 0o700 });
  if (!existsSync(release)) symlinkSync(peer, release);
  const port = await freePort();
  const onTestPort = (text: string): string => text.replaceAll("18789", String(port));
  const configPath = join(volume, "openclaw.json5");
  const own = Bun.JSON5.parse(onTestPort(readFileSync(sidecarConfigPath, "utf8"))) as Record<string, object>;
  writeFileSync(configPath, JSON.stringify(mergeDeep(own, config)));

  const sidecar = readSidecar({ OPENCLAW_GATEWAY_TOKEN: token, OPENCLAW_VERSION: version });
  for (const folder of ["state", "work"]) mkdirSync(join(volume, folder), { recursive: true });
  const environment = {
    ...sidecar.environment,
    OPENCLAW_STATE_DIR: join(volume, "state"),
    OPENCLAW_WORKSPACE_DIR: join(volume, "work"),
    OPENCLAW_RELEASES_DIR: join(volume, "releases"),
    HOME: join(volume, "state/home"),
    // What it compiles there, a minute of processor time, serves all gateways of the suite.
    TMPDIR: tmpdir(),
    OPENCLAW_CONFIG_PATH: configPath,
    PATH: `${dirname(node)}:${process.env.PATH}`,
  };
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram({ argv: [SCRIPT, ...sidecar.command], cwd: volume, env: environment });
  await until(() => isListening(url), program);
  return {
    url,
    /** Runs the container's health check; 0 means healthy. */
    healthCheck: (env: Record<string, string> = {}): number =>
      Bun.spawnSync(sidecar.healthcheck.test.slice(1).map(onTestPort), { env: { ...environment, ...env } }).exitCode,
    /** What a command of OpenClaw prints beside it. */
    ask: (...args: string[]): string => Bun.spawnSync([node, entry, ...args], { env: environment }).stdout.toString(),
    stop: () => program.stop(),
  };
};

type Tree = Record<string, unknown>;

const mergeDeep = (base: Tree, added: Tree): Tree => {
  const merged = { ...base };
  for (const [key, value] of Object.entries(added)) {
    const known = merged[key];
    merged[key] = isTree(known) && isTree(value) ? mergeDeep(known, value) : value;
  }
  return merged;
};

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
