/** A Debian of its own, booted by systemd-nspawn over a copy that is gone afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { needPrograms } from "@test/support/debian.ts";
import { listProcesses } from "@/lib/proc.ts";

const PROJECT = resolve(import.meta.dir, "../..");
export const ROOT = "/root/openclaw-assistant-backend";
const BOOT_DEADLINE_MS = 60_000;
const KILL_DEADLINE_MS = 20_000;

/** @throws with the obstacle. */
export const prepareHost = (): Promise<void> =>
  needPrograms(["systemd-nspawn", "debootstrap"], ["systemd-container", "debootstrap"]);

interface MachineOptions {
  image: string;
  /** Files and folders of this host, by where they are to be. */
  bring: Readonly<Record<string, string>>;
  /** Read-only, by where they are to be. */
  bind?: Readonly<Record<string, string>>;
}

export const bootMachine = async ({ image, bring, bind = {} }: MachineOptions) => {
  const folder = mkdtempSync(join(tmpdir(), "systemd-test-"));
  const at = (name: string) => join(folder, name);
  for (const name of ["upper", "work", "root"]) mkdirSync(at(name), { mode: 0o755 });
  mkdirSync(join(at("upper"), ROOT), { recursive: true });
  for (const [to, from] of Object.entries(bring)) {
    mkdirSync(dirname(join(at("upper"), to)), { recursive: true });
    const { exitCode, stderr } = Bun.spawnSync(["cp", "-a", "--dereference", from, join(at("upper"), to)]);
    if (exitCode !== 0) throw new Error(stderr.toString());
  }
  const binds = Object.entries(bind).map(([to, from]) => `--bind-ro=${from}:${to}`);
  const layers = `lowerdir=${image},upperdir=${at("upper")},workdir=${at("work")}`;
  // The mounts go with the processes.
  const nspawn = Bun.spawn(
    [
      ...["unshare", "--mount", "sh", "-c", `mount -t overlay overlay -o "$0" "$1" && shift && exec "$@"`, layers],
      ...[
        at("root"),
        "systemd-nspawn",
        "-D",
        at("root"),
        "--boot",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--private-network",
      ],
      ...["--console=pipe", `--machine=systemd-test-${process.pid}`, ...binds],
    ],
    {
      env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" },
      stdin: "ignore",
      stdout: Bun.file(at("console")),
      stderr: Bun.file(at("console.err")),
    },
  );

  const init = (): number | undefined =>
    listProcesses().find(
      ({ pid, parentPid }) =>
        parentPid === nspawn.pid && /systemd|init/.test(readFileSync(`/proc/${pid}/comm`, "utf8")),
    )?.pid;

  /** Runs a line in the project's folder. */
  const run = async (line: string, timeoutMs = 120_000): Promise<{ code: number; out: string }> => {
    const pid = init();
    if (pid === undefined) return { code: -1, out: "no machine" };
    const enter = [
      "nsenter",
      "--target",
      String(pid),
      "--mount",
      "--uts",
      "--ipc",
      "--net",
      "--pid",
      "--cgroup",
      "--root",
    ];
    const shell = [
      "env",
      "-i",
      "HOME=/root",
      "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LANG=C.UTF-8",
      "sh",
      "-c",
    ];
    const child = Bun.spawn([...enter, ...shell, `cd ${ROOT} && { ${line}\n} 2>&1`], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const out = await new Response(child.stdout).text();
    return { code: await child.exited, out: out.trim() + (await new Response(child.stderr).text()) };
  };

  const stop = async () => {
    const pid = init();
    // What systemd takes for "halt now".
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await Promise.race([nspawn.exited, Bun.sleep(KILL_DEADLINE_MS)]);
    nspawn.kill("SIGKILL");
    await nspawn.exited;
    rmSync(folder, { recursive: true, force: true });
  };

  const deadline = performance.now() + BOOT_DEADLINE_MS;
  for (;;) {
    const { out } = await run("systemctl is-system-running");
    if (/^(?:running|degraded)$/m.test(out)) break;
    if (performance.now() > deadline || nspawn.exitCode !== null) {
      const said = readFileSync(at("console.err"), "utf8") + readFileSync(at("console"), "utf8").slice(-500);
      await stop();
      throw new Error(`the machine does not boot: ${out} ${said}`);
    }
    await Bun.sleep(200);
  }
  return { folder, run, stop, file: (path: string) => join(at("upper"), path) };
};

export type Machine = Awaited<ReturnType<typeof bootMachine>>;

/** The project as git would give it. */
export const projectFiles = (): Record<string, string> => {
  const listed = Bun.spawnSync(["git", "-C", PROJECT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const tops = new Set(
    listed.stdout
      .toString()
      .split("\0")
      .map((path) => path.split("/")[0] ?? ""),
  );
  const names = [...tops].filter((name) => name !== "" && existsSync(join(PROJECT, name)));
  return Object.fromEntries(names.map((name) => [join(ROOT, name), join(PROJECT, name)]));
};

/** Bun, Node with npm, the project's packages and, if they are there, the real gateways: read-only, as they are here. */
export const programs = (): Record<string, string> => {
  const npm = realpathSync(Bun.which("npm") ?? "/missing/npm");
  return {
    "/usr/local/bin/bun": process.execPath,
    "/usr/local/bin/node": realpathSync(Bun.which("node") ?? "/missing/node"),
    "/usr/local/lib/node_modules/npm": resolve(npm, "../.."),
    [`${ROOT}/node_modules`]: join(PROJECT, "node_modules"),
  };
};
