/** The disks of a small server: a Debian with a kernel of its own, made once, and what it is brought. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { peersCache } from "@test/real/peers.ts";
import { needPrograms } from "@test/support/debian.ts";
import { must } from "@test/support/shell.ts";

const HOST_PACKAGES = ["qemu-system-x86", "qemu-utils", "debootstrap", "e2fsprogs", "openssh-client"];
const PROGRAMS = ["qemu-system-x86_64", "qemu-img", "debootstrap", "mke2fs", "mkswap", "ssh", "npm", "git"];
const SUITE = "bookworm";
const PACKAGES = [
  ...["systemd", "systemd-sysv", "dbus", "procps", "iproute2", "curl", "ca-certificates"],
  ...["openssh-server", "linux-image-cloud-amd64"],
];
/** What README.zh-CN.md asks for. */
const README_PACKAGES = ["git", "npm"];
const DISK_SIZE = "16G";
const SWAP_MIB = 1229;
export const BROUGHT = "/mnt/brought";

export interface Base {
  disk: string;
  kernel: string;
  initrd: string;
}

/** @throws with the obstacle. */
export const prepareHost = async (): Promise<void> => {
  if (process.arch !== "x64") throw new Error("the server is an x86-64");
  await needPrograms(PROGRAMS, HOST_PACKAGES);
};

export const ensureBase = async (): Promise<Base> => {
  const folder = join(dirname(peersCache(process.env)), `vps-${SUITE}`);
  const base = { disk: join(folder, "root.ext4"), kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd.img") };
  if (existsSync(base.disk)) return base;
  console.log(`Installing a Debian with a kernel (${SUITE}, 1 GB, some minutes)…`);
  mkdirSync(folder, { recursive: true });
  const root = mkdtempSync(join(folder, "tree-"));
  try {
    await must(`unshare --mount debootstrap --variant=minbase --include=${PACKAGES.join()} ${SUITE} ${root}`);
    // debootstrap itself cannot put npm's dependencies in order.
    const install = `export DEBIAN_FRONTEND=noninteractive; mount -t proc proc ${root}/proc && chroot ${root} apt-get -qq install -y --no-install-recommends ${README_PACKAGES.join(" ")}`;
    await must(`unshare --mount --pid --fork sh -c '${install}'`);
    await furnish(root);
    await must(`cp ${root}/boot/vmlinuz-* ${base.kernel} && cp ${root}/boot/initrd.img-* ${base.initrd}`);
    await must(
      `mke2fs -q -t ext4 -d ${root} ${base.disk}.unfinished ${DISK_SIZE} && mv ${base.disk}.unfinished ${base.disk}`,
    );
    return base;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

/** Network, disks and a door for ssh. No name server: it reaches this host's loopback alone. */
const furnish = async (root: string): Promise<void> => {
  const write = (path: string, lines: readonly string[]) => writeFileSync(join(root, path), `${lines.join("\n")}\n`);
  write("etc/systemd/network/20-all.network", ["[Match]", "Type=ether", "[Network]", "DHCP=ipv4"]);
  write("etc/hostname", ["vps"]);
  write("etc/fstab", [
    "/dev/vda / ext4 errors=remount-ro 0 1",
    "/dev/vdb none swap sw 0 0",
    `/dev/vdc ${BROUGHT} ext4 ro 0 0`,
  ]);
  write("etc/ssh/sshd_config.d/test.conf", [
    "PermitRootLogin yes",
    `AuthorizedKeysFile ${BROUGHT}/authorized_keys`,
    "UseDNS no",
    "UsePAM no",
  ]);
  await must(`chroot ${root} systemctl enable systemd-networkd`);
  await must(`rm -rf ${root}/etc/resolv.conf ${root}/var/cache/apt/archives/*.deb ${root}/var/lib/apt/lists/*`);
  await must(`mkdir -p ${root}${BROUGHT}`);
};

export interface Disks {
  root: string;
  swap: string;
  brought: string;
}

/** The disks of one server. @param bring files and folders of this host, by their names on the third disk. */
export const makeDisks = async (
  folder: string,
  base: Base,
  bring: Readonly<Record<string, string>>,
): Promise<Disks> => {
  const disks = { root: join(folder, "root.qcow2"), swap: join(folder, "swap"), brought: join(folder, "brought") };
  await must(`qemu-img create -q -f qcow2 -b ${base.disk} -F raw ${disks.root}`);
  await must(`truncate -s ${SWAP_MIB}M ${disks.swap} && mkswap -q ${disks.swap}`);
  const tree = mkdtempSync(join(dirname(base.disk), "brought-"));
  try {
    for (const [name, from] of Object.entries(bring)) {
      const to = join(tree, name);
      await must(`cp -al ${from} ${to} 2>/dev/null || { rm -rf ${to}; cp -a ${from} ${to}; }`);
    }
    await must(`mke2fs -q -t ext4 -d ${tree} ${disks.brought} 4G`);
    return disks;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
};
