/** What the suites with a Debian of their own need of this host, and that Debian. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { peersCache } from "@test/real/peers.ts";
import { must } from "./shell.ts";

const PACKAGES = ["systemd", "systemd-sysv", "dbus", "procps", "iproute2", "curl", "ca-certificates", "git"];

/** Installs by apt what is missing. @throws with the obstacle. */
export const needPrograms = async (programs: readonly string[], packages: readonly string[]): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Error("this takes root");
  const missing = () => programs.filter((program) => Bun.which(program) === null);
  if (missing().length === 0) return;
  if (Bun.which("apt-get") !== null) {
    const apt = "DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq";
    await must(`${apt} update && ${apt} install -y --no-install-recommends ${packages.join(" ")} >/dev/null`);
  }
  if (missing().length > 0) throw new Error(`install ${packages.join(", ")}: ${missing().join(", ")} is missing`);
};

/** A tree with systemd, made once. It appears in one rename: one that was cut short is never taken for a whole one. */
export const ensureDebian = async (suite: string): Promise<string> => {
  const tree = join(dirname(peersCache(process.env)), `debian-${suite}`);
  if (existsSync(tree)) return tree;
  console.log(`Installing a Debian (${suite}, 400 MB, some minutes)…`);
  const unfinished = `${tree}.${process.pid}`;
  mkdirSync(dirname(tree), { recursive: true });
  try {
    // It mounts a /proc of its own, which must not be left on the host.
    await must(`unshare --mount debootstrap --variant=minbase --include=${PACKAGES.join()} ${suite} ${unfinished}`);
    await must(`rm -rf ${unfinished}/var/cache/apt/archives/*.deb ${unfinished}/var/lib/apt/lists/*`);
    if (!existsSync(tree)) renameSync(unfinished, tree);
    return tree;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
};
