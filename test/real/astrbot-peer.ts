import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { peersCache } from "./peers.ts";

export const ASTRBOT_VERSION = "4.29.3";

/** What AstrBot needs and a host may lack: Python 3.12 or newer. Debian trixie has 3.13. */
const SUITE = "trixie";
const PACKAGES = ["python3", "python3-venv", "ca-certificates"];

/** Runs a command with `root` as its root, in mounts and processes of its own: nothing is left of it. */
export const inRoot = (root: string): string[] => [
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child", `--root=${root}`, "--mount-proc"],
  ...["env", "PATH=/opt/astrbot/bin:/usr/bin:/bin", "HOME=/root", "TMPDIR=/tmp"],
];

/** Why there can be no AstrBot here; "" if there can. */
export const astrbotObstacle = (cache = peersCache(process.env)): string => {
  if (process.getuid?.() !== 0) return "AstrBot runs in a root folder of its own: this takes root (chroot, unshare)";
  if (Bun.which("unshare") === null) return "AstrBot runs in a root folder of its own: install util-linux (unshare)";
  if (existsSync(folderOf(cache)) || Bun.which("debootstrap") !== null) return "";
  return "AstrBot needs a Debian of its own: install debootstrap (apt-get install debootstrap)";
};

/**
 * Installs a Debian with AstrBot from PyPI unless the cache already holds it, and returns its folder.
 * The folder appears in one rename: an install that was cut short is never taken for a whole one.
 */
export const ensureAstrbot = async (cache = peersCache(process.env)): Promise<string> => {
  const folder = folderOf(cache);
  if (existsSync(folder)) return folder;
  console.log(`Installing AstrBot ${ASTRBOT_VERSION} (1.1 GB, some minutes)…`);
  const unfinished = join(cache, `.astrbot-${ASTRBOT_VERSION}-${process.pid}`);
  mkdirSync(cache, { recursive: true });
  try {
    // It mounts a /proc of its own, which must not be left on the host.
    await run(
      "unshare",
      "--mount",
      "debootstrap",
      "--variant=minbase",
      `--include=${PACKAGES.join()}`,
      SUITE,
      unfinished,
    );
    // The host's resolver, registry and authorities are its too.
    for (const file of ["/etc/resolv.conf", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt"]) {
      if (existsSync(file)) await run("cp", "--dereference", file, join(unfinished, file));
    }
    await run(...inRoot(unfinished), "python3", "-m", "venv", "/opt/astrbot");
    await run(...inRoot(unfinished), "pip", "install", "--no-cache-dir", "--quiet", `AstrBot==${ASTRBOT_VERSION}`);
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
};

const folderOf = (cache: string): string => join(cache, `astrbot-${ASTRBOT_VERSION}`);

const run = async (...argv: string[]): Promise<void> => {
  const child = Bun.spawn(argv, { stdio: ["ignore", "ignore", "inherit"] });
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} ended with exit code ${child.exitCode}`);
};
