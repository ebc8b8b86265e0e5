import { dlopen } from "bun:ffi";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestEnd } from "@test/support/cleanup.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createCgroups, delegatedCgroups } from "@/executor/cgroup.ts";
import { openLibc } from "@/lib/libc.ts";
import { readText } from "@/lib/proc.ts";

const MIB = 1024 ** 2;

/** An ordinary folder: the files in it are written by the test, not by a kernel. */
const setUp = () => {
  const root = mkdtempSync(join(tmpdir(), "cgroup-"));
  onTestEnd(() => rmSync(root, { recursive: true }));
  const cgroups = createCgroups(root);
  const create = (jobId: string, files: Record<string, string> = {}) => {
    const group = cgroups.create(jobId);
    if (!group) throw new Error("no group");
    for (const [name, text] of Object.entries({ "cgroup.procs": "", ...files }))
      writeFileSync(join(group.path, name), text);
    return group;
  };
  return { root, cgroups, create };
};

describe("a job's control group", () => {
  test("tells whether anybody is in it, and ends them with one word", () => {
    const { create } = setUp();
    expect(create("empty", { "cgroup.events": "populated 0\nfrozen 0\n" }).isPopulated()).toBe(false);
    const group = create("a", { "cgroup.events": "populated 1\nfrozen 0\n" });
    expect(group.isPopulated()).toBe(true);
    group.kill();
    expect(readFileSync(join(group.path, "cgroup.kill"), "utf8")).toBe("1");
  });

  test("ends them one by one where the kernel has no word for it", async () => {
    const { create } = setUp();
    const child = Bun.spawn(["sleep", "60"]);
    const group = create("a", { "cgroup.procs": `${child.pid}\n` });
    // What cannot be written, as in a control group of such a kernel.
    mkdirSync(join(group.path, "cgroup.kill"));
    group.kill();
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("tells what all of them took, as far as the kernel counts it", () => {
    const { create } = setUp();
    const cpu = "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n";
    expect(create("a", { "memory.peak": "5242881\n", "cpu.stat": cpu }).figures()).toEqual({
      peakMemoryKib: 5121,
      cpuMs: 1235,
    });
    expect(create("b").figures()).toEqual({});
    expect(create("c", { "memory.events": "oom 1\noom_kill 0\n" }).figures()).toEqual({});
    expect(create("d", { "memory.events": "oom 1\noom_kill 2\n" }).figures()).toEqual({ isOutOfMemory: true });
  });

  test("has a limit below that of the service, which keeps the rest for itself", () => {
    const { root, create } = setUp();
    const limitOf = (jobId: string) => {
      const { path } = create(jobId);
      return ["memory.max", "memory.swap.max"].map((name) => readText(join(path, name)));
    };
    writeFileSync(join(root, "memory.max"), `${1024 * MIB}\n`);
    expect(limitOf("a")).toEqual([`${832 * MIB}`, `${208 * MIB}`]);
    // Set by an operator, and read again for each job.
    writeFileSync(join(root, "memory.max"), `${256 * MIB}\n`);
    expect(limitOf("b")).toEqual([`${128 * MIB}`, `${32 * MIB}`]);
    writeFileSync(join(root, "memory.max"), "max\n");
    expect(limitOf("c")).toEqual(["", ""]);
    rmSync(join(root, "memory.max"));
    expect(limitOf("d")).toEqual(["", ""]);
  });

  test("is found again where it was noted, or where it would be", () => {
    const { cgroups, create } = setUp();
    const { path } = create("a");
    expect(cgroups.find("a", path)?.path).toBe(path);
    expect(cgroups.find("a", null)?.path).toBe(path);
    expect(cgroups.find("b", null)).toBeUndefined();
  });

  test("is no other one, whatever was noted", () => {
    const { root, cgroups, create } = setUp();
    expect(cgroups.find("b", create("a").path)).toBeUndefined();
    writeFileSync(join(root, "cgroup.procs"), "");
    expect(cgroups.find("b", root)).toBeUndefined();
  });

  test("that cannot be made leaves the job without one", () => {
    const { root, cgroups } = setUp();
    rmSync(root, { recursive: true });
    expect(cgroups.create("a")).toBeUndefined();
    mkdirSync(root);
  });
});

/** A group that is marked as systemd's `Delegate=` marks it; undefined where none can be made (not root, no cgroup v2). */
const delegate = (name: string): string | undefined => {
  try {
    const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(readFileSync("/proc/self/mountinfo", "utf8"))?.[1];
    const path = join(mount ?? "/nowhere", name);
    mkdirSync(path);
    const libc = dlopen("libc.so.6", { setxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" } });
    const isMarked = libc.symbols.setxattr(
      Buffer.from(`${path}\0`),
      Buffer.from("user.delegate\0"),
      Buffer.from("1"),
      1,
      0,
    );
    if (isMarked === 0) return path;
    rmdirSync(path);
    return undefined;
  } catch {
    return undefined;
  }
};

const root = delegate(`backend-test-${process.pid}`);

// Only where this machine lets a test have a group; the others above run anywhere.
test.if(root !== undefined)(
  "in a delegated group nothing of a job survives, nor of one that a crash left",
  async () => {
    const program = [process.execPath, fixture("executor/delegated-cgroup.ts")];
    const child = Bun.spawn(["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', root ?? "", ...program], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const seen = JSON.parse(await new Response(child.stdout).text());
    await child.exited;
    const service = join(root ?? "", "service");
    expect(existsSync(service)).toBe(true);
    rmdirSync(service);
    rmdirSync(root ?? "");
    expect(seen).toEqual({
      root,
      exitCode: 0,
      isCpuCounted: true,
      isFinishedGone: true,
      wasAlive: true,
      isLostGone: true,
    });
  },
);

test("in a group that nobody delegated to us we make none", () => {
  expect(delegatedCgroups(openLibc()).root).toBeUndefined();
});
