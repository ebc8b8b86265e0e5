/** A Docker engine with the image that the compose file names, or why there is none. */
import { existsSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensurePeer, nodePackage, openclawPeer, peersCache } from "@test/real/peers.ts";
import { ensureDebian, needPrograms } from "@test/support/debian.ts";
import { must, sh } from "@test/support/shell.ts";

const PACKAGES = ["docker.io", "docker-compose", "debootstrap"];
const START_DEADLINE_MS = 60_000;

export const IMAGE = "openclaw-test:22-bookworm";

interface EngineOptions {
  scratch: string;
  /** Compose 2 as a plugin; otherwise what Debian 12 has, which is 1.29. */
  withPlugin: boolean;
}

/** @returns the end of an engine that was started here. @throws with the obstacle. */
export const startEngine = async ({ scratch, withPlugin }: EngineOptions): Promise<() => Promise<void>> => {
  // A fresh package brings its own engine up, where there is an init system.
  const compose = composeProgram() === "" ? ["docker-compose"] : [];
  await needPrograms(["dockerd", "debootstrap", ...compose], PACKAGES);
  if (withPlugin) process.env.DOCKER_CONFIG = await installComposePlugin(join(scratch, "docker-config"));
  const stop = await startDaemon(scratch);
  try {
    if ((await sh("docker container inspect openclaw-gateway")).code === 0) {
      throw new Error("a container openclaw-gateway is there already");
    }
    if ((await sh(`docker image inspect ${IMAGE}`)).code !== 0) {
      await must(`docker import -c 'ENV PATH=/usr/local/bin:/usr/bin:/bin' ${await ensureImage()} ${IMAGE}`);
    }
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};

/** From Debian 13. @returns `folder`, docker's own settings. */
const installComposePlugin = async (folder: string): Promise<string> => {
  const file = join(peersCache(process.env), "docker-compose-2");
  if (!existsSync(file)) {
    const root = await ensureDebian("trixie");
    const download = "apt-get -qq update && cd /tmp && apt-get -qq download docker-compose && dpkg-deb -x *.deb .";
    const plugin = `${root}/tmp/usr/libexec/docker/cli-plugins/docker-compose`;
    const mounts = ["var/lib/apt/lists", "var/cache/apt", "tmp"].map((at) => `mount -t tmpfs none ${root}/${at}`);
    const lines = [...mounts, `chroot ${root} sh -c '${download}'`, `cp ${plugin} ${file}.${process.pid}`];
    await must(`unshare --mount bash -c "${lines.join(" && ")}" && mv ${file}.${process.pid} ${file}`);
  }
  await must(`mkdir -p ${folder}/cli-plugins && cp ${file} ${folder}/cli-plugins/docker-compose`);
  return folder;
};

/** As this host has it. */
export const composeProgram = (): string => {
  const plugin = Bun.spawnSync(["docker", "compose", "version"], {
    stdout: "ignore",
    stderr: "ignore",
    env: process.env,
  });
  if (Bun.which("docker") !== null && plugin.exitCode === 0) return "docker compose";
  return Bun.which("docker-compose") === null ? "" : "docker-compose";
};

const startDaemon = async (scratch: string): Promise<() => Promise<void>> => {
  const isUp = async () => (await sh("docker info")).code === 0;
  if (await isUp()) return async () => {};
  const log = openSync(join(scratch, "dockerd.log"), "w");
  const daemon = Bun.spawn(["dockerd", "--data-root", join(scratch, "docker"), "--exec-root", join(scratch, "exec")], {
    stdio: ["ignore", log, log],
  });
  const stop = async () => {
    daemon.kill("SIGTERM");
    await daemon.exited;
  };
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await isUp())) {
    if (daemon.exitCode === null && performance.now() < deadline) {
      await Bun.sleep(200);
      continue;
    }
    await stop();
    throw new Error(`dockerd does not start: ${(await sh(`tail -n 3 ${scratch}/dockerd.log`)).text}`);
  }
  return stop;
};

/** A small Debian with Node and npm, as a tar file: no image can be pulled where there is no registry of images. */
const ensureImage = async (): Promise<string> => {
  const cache = peersCache(process.env);
  const file = join(cache, "docker-image-22.tar");
  if (existsSync(file)) return file;
  const peer = await ensurePeer(openclawPeer("2026.2.9"));
  const npm = await ensurePeer({ name: "npm", version: "10.9.9", dependencies: { npm: "10.9.9" } });
  const root = join(cache, `.docker-image-${process.pid}`);
  mkdirSync(cache, { recursive: true });
  try {
    await must(`cp -a ${await ensureDebian("bookworm")} ${root}`);
    await must(`cp ${join(peer, "node_modules", nodePackage, "bin/node")} ${root}/usr/local/bin/`);
    await must(`mkdir -p ${root}/usr/local/lib/node_modules && cp -a ${npm}/node_modules/npm $_`);
    await must(`ln -s ../lib/node_modules/npm/bin/npm-cli.js ${root}/usr/local/bin/npm`);
    await must(`tar -C ${root} -cf ${file}.${process.pid} .`);
    renameSync(`${file}.${process.pid}`, file);
    return file;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};
