import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

/** A program of somebody else's that the real tests run against, pinned to one version. */
export interface Peer {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  overrides?: Record<string, string>;
}

export const nodePackage = `node-linux-${process.arch}`;

/** The pinned version and the newest; one more is one line here and one below. */
export const openclawVersions = ["2026.2.9", "2026.9.6"] as const;
export type OpenclawVersion = (typeof openclawVersions)[number];

export const nodeVersionFor: Record<OpenclawVersion, string> = {
  "2026.2.9": "22.23.3",
  "2026.9.6": "24.21.0",
};

/** The gateway with the Node it needs: the machine's own may be older. */
export const openclawPeer = (version: string, node = nodeVersionFor[version as OpenclawVersion]): Peer => ({
  name: "openclaw",
  version,
  dependencies: { openclaw: version, [nodePackage]: node },
  // One dependency points to a git repository otherwise, which a registry mirror cannot serve.
  overrides: { libsignal: "6.0.0" },
});

export const codexPeerOf = (version: string): Peer => ({
  name: "codex",
  version,
  dependencies: { "@openai/codex": version },
});
export const codexPeer = codexPeerOf("0.171.0");

export const openclawProgram = (folder: string) => ({
  node: join(folder, "node_modules", nodePackage, "bin/node"),
  entry: join(folder, "node_modules/openclaw/openclaw.mjs"),
});

export const codexProgram = (folder: string): string => join(folder, "node_modules/.bin/codex");

/** Outside `node_modules`, and outside the system's temporary folder, where Codex refuses to keep its home. */
export const peersCache = (env: Record<string, string | undefined>): string =>
  env.OPENCLAW_PEERS_CACHE ||
  join(env.XDG_CACHE_HOME || join(env.HOME || userInfo().homedir, ".cache"), "openclaw-assistant-backend/peers");

/**
 * Installs a peer from npm unless the cache already holds it, and returns its folder.
 * The folder appears in one rename: an install that was cut short is never taken for a whole one.
 */
export const ensurePeer = async (peer: Peer, cache = peersCache(process.env)): Promise<string> => {
  const folder = join(cache, `${peer.name}-${peer.version}`);
  const manifest = JSON.stringify({ private: true, dependencies: peer.dependencies, overrides: peer.overrides });
  if (isInstalled(folder, manifest)) return folder;

  const unfinished = join(cache, `.${peer.name}-${peer.version}-${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    writeFileSync(join(unfinished, "package.json"), manifest);
    await npmInstall(unfinished);
    // npm reformats the manifest it finds; the one written last is the one compared next time.
    writeFileSync(join(unfinished, "package.json"), manifest);
    putInPlace(unfinished, folder, manifest);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
};

/** A folder made for other pins (another Node, another override) does not count. */
const isInstalled = (folder: string, manifest: string): boolean => {
  const path = join(folder, "package.json");
  return existsSync(path) && readFileSync(path, "utf8") === manifest;
};

const npmInstall = async (folder: string): Promise<void> => {
  const flags = "--ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error".split(" ");
  const npm = Bun.spawn(["npm", "install", "--prefix", folder, ...flags], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exitCode = await npm.exited;
  if (exitCode !== 0) throw new Error(`npm install of ${folder} ended with exit code ${exitCode}`);
};

/** When two runs install the same peer at once, the one that finishes last takes the first one's. */
const putInPlace = (unfinished: string, folder: string, manifest: string): void => {
  if (isInstalled(folder, manifest)) return;
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
};
