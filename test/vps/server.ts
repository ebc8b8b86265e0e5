/** A small server under emulation: 2 processors, 2,458 MiB, 1.2 GiB of swap. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "@test/real/program.ts";
import type { Base, Disks } from "./image.ts";

const MEMORY_MIB = 2458;
const BOOT_DEADLINE_MS = 900_000;
const CONNECT_MS = 120_000;
/** The emulated clock chips and the guards against other tenants cost a multiple of the work itself. */
const FAST = "mitigations=off tsc=reliable clocksource=tsc";
export const ROOT = "/root/openclaw-assistant-backend";
/** This host's loopback, as the server sees it. */
export const HOST = "10.0.2.2";

interface ServerOptions {
  folder: string;
  base: Base;
  disks: Disks;
  /** Of ssh. */
  keyFile: string;
  /** The server's ports on its loopback that this host is to reach. */
  ports: readonly number[];
}

export const createServer = async ({ folder, base, disks, keyFile, ports }: ServerOptions) => {
  const at = (name: string) => join(folder, name);
  const sshPort = await freePort();
  const forwarded = new Map<number, number>();
  for (const port of ports) forwarded.set(port, await freePort());
  const drives = [disks.root, disks.swap, disks.brought].flatMap((file, index) => [
    "-drive",
    `file=${file},if=virtio,format=${index === 0 ? "qcow2" : "raw"},cache=unsafe`,
  ]);
  const argv = [
    ...["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,-la57,-pku", "-smp", "2"],
    ...["-m", String(MEMORY_MIB), "-kernel", base.kernel, "-initrd", base.initrd],
    ...[
      "-append",
      `root=/dev/vda rw console=ttyS0 quiet ${FAST}`,
      "-display",
      "none",
      "-serial",
      `file:${at("console")}`,
    ],
    ...drives,
    ...["-netdev", `user,id=n,hostfwd=tcp:127.0.0.1:${sshPort}-:22`, "-device", "virtio-net-pci,netdev=n"],
    ...["-device", "virtio-rng-pci"],
  ];
  const where = ["-p", String(sshPort), "-S", at("ssh"), "-o", "BatchMode=yes", "root@127.0.0.1"];
  const unknown = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
  let machine: Bun.Subprocess | undefined;
  let connection: Bun.Subprocess | undefined;

  const connect = async (): Promise<boolean> => {
    const tunnels = [...forwarded].flatMap(([there, here]) => ["-L", `${here}:127.0.0.1:${there}`]);
    connection?.kill("SIGKILL");
    rmSync(at("ssh"), { force: true });
    const alive = ["-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=60"];
    connection = Bun.spawn(["ssh", "-M", "-N", "-i", keyFile, ...unknown, ...alive, ...tunnels, ...where], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    const deadline = performance.now() + CONNECT_MS;
    while (!existsSync(at("ssh")) && connection.exitCode === null && performance.now() < deadline) await Bun.sleep(200);
    return existsSync(at("ssh"));
  };

  /** Waits for a boot other than the one named. @returns seconds. */
  const awaitBoot = async (before = ""): Promise<number> => {
    const begun = performance.now();
    for (;;) {
      const id = (await connect()) ? (await run("cat /proc/sys/kernel/random/boot_id", 30_000)).out : "";
      if (id !== "" && id !== before) return (performance.now() - begun) / 1000;
      if (performance.now() - begun > BOOT_DEADLINE_MS || machine?.exitCode !== null) {
        throw new Error(`the server does not boot: ${readFileSync(at("console"), "utf8").slice(-600)}`);
      }
      await Bun.sleep(500);
    }
  };

  /** Runs a line in the project's folder, as root. */
  const run = async (line: string, timeoutMs = 300_000): Promise<{ code: number; out: string }> => {
    const child = Bun.spawn(["ssh", ...where, `cd ${ROOT} 2>/dev/null; { ${line}\n} 2>&1`], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const out = await new Response(child.stdout).text();
    return { code: await child.exited, out: out.trim() };
  };

  return {
    run,
    async powerOn() {
      machine = Bun.spawn(argv, { stdio: ["ignore", "ignore", Bun.file(at("qemu.err"))] });
      return awaitBoot();
    },
    /** All that the server has not written to its disk is lost. */
    async cutPower() {
      machine?.kill("SIGKILL");
      await machine?.exited;
    },
    async reboot() {
      const before = (await run("cat /proc/sys/kernel/random/boot_id")).out;
      await run("systemctl reboot", 20_000);
      return awaitBoot(before);
    },
    url: (port: number) => `http://127.0.0.1:${forwarded.get(port)}`,
    async stop() {
      connection?.kill("SIGKILL");
      machine?.kill("SIGKILL");
      await Promise.all([connection?.exited, machine?.exited]);
    },
  };
};

export type Server = Awaited<ReturnType<typeof createServer>>;
