import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attempt } from "@/lib/errors.ts";
import { type Libc, readAttribute } from "@/lib/libc.ts";
import { readText, sendSignal } from "@/lib/proc.ts";

/** The part of the unit's limit that is left to the service, so that a job at its own limit does not slow it down. */
const SERVICE_RESERVE_BYTES = 192 * 1024 ** 2;

export type Cgroup = ReturnType<typeof openCgroup>;

export interface Cgroups {
  /** Where the jobs' groups are made; undefined where none can be. */
  root: string | undefined;
  /** A job for which no group can be made runs without one. */
  create(jobId: string): Cgroup | undefined;
  /** The group that a job of an earlier start still has; none if it was noted elsewhere. */
  find(jobId: string, notedPath: string | null): Cgroup | undefined;
}

export const noCgroups: Cgroups = { root: undefined, create: () => undefined, find: () => undefined };

/** Groups below the one that systemd delegated to this service (`Delegate=`, marked by an attribute); else none. */
export const delegatedCgroups = (libc: Libc | undefined): Cgroups => {
  const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(readText("/proc/self/mountinfo"))?.[1];
  const path = /^0::(.*)$/m.exec(readText("/proc/self/cgroup"))?.[1];
  if (!libc || mount === undefined || path === undefined) return noCgroups;
  const own = join(mount, path);
  const root = [own, dirname(own)].find((path) => readAttribute(libc, path, "user.delegate") === "1");
  if (root === undefined) return noCgroups;
  // A group with processes of its own may not enable controllers for its children, so this service moves one below.
  const service = root === own ? join(root, "service") : own;
  const isOurs = isAllowed(() => {
    mkdirSync(service, { recursive: true });
    writeFileSync(join(service, "cgroup.procs"), String(process.pid));
  });
  if (!isOurs) return noCgroups;
  // Without the controller memory is measured as without a group.
  isAllowed(() => writeFileSync(join(root, "cgroup.subtree_control"), "+memory"));
  return createCgroups(root);
};

export const createCgroups = (root: string): Cgroups => ({
  root,
  create(jobId) {
    const path = join(root, `job-${jobId}`);
    if (!isAllowed(() => mkdirSync(path))) return undefined;
    const unitBytes = Number.parseInt(readText(join(root, "memory.max")), 10);
    if (unitBytes > 0) {
      const bytes = Math.max(unitBytes - SERVICE_RESERVE_BYTES, Math.floor(unitBytes / 2));
      isAllowed(() => writeFileSync(join(path, "memory.max"), String(bytes)));
      // A job that could fill the host's swap would keep the disk busy for everybody.
      isAllowed(() => writeFileSync(join(path, "memory.swap.max"), String(Math.floor(bytes / 4))));
    }
    return openCgroup(path);
  },
  find(jobId, notedPath) {
    const path = join(root, `job-${jobId}`);
    // Only this job's own group below ours, even if the database names another.
    const isIts = basename(path) === `job-${jobId}` && (notedPath ?? path) === path;
    return isIts && existsSync(join(path, "cgroup.procs")) ? openCgroup(path) : undefined;
  },
});

/** One job's control group, which a process cannot leave by another session or process group. */
const openCgroup = (path: string) => {
  const read = (name: string): string => readText(join(path, name));
  return {
    path,
    /** Groups below it count. */
    isPopulated: (): boolean => /^populated 1$/m.test(read("cgroup.events")),
    /** Kills all processes in it, also those that are being forked. */
    kill(): void {
      if (isAllowed(() => writeFileSync(join(path, "cgroup.kill"), "1"))) return;
      // Before Linux 5.14: one by one, and the caller repeats it.
      const pids = read("cgroup.procs").split("\n").map(Number);
      for (const pid of pids) if (pid > 0) sendSignal(pid, "SIGKILL");
    },
    /** Of all its processes together; a figure that the kernel does not keep is missing. */
    figures(): { peakMemoryKib?: number; cpuMs?: number; isOutOfMemory?: boolean } {
      const peakBytes = Number.parseInt(read("memory.peak"), 10);
      const cpuUs = Number(/^usage_usec (\d+)$/m.exec(read("cpu.stat"))?.[1]);
      return {
        ...(peakBytes >= 0 && { peakMemoryKib: Math.ceil(peakBytes / 1024) }),
        ...(cpuUs >= 0 && { cpuMs: Math.round(cpuUs / 1000) }),
        ...(/^oom_kill [1-9]/m.test(read("memory.events")) && { isOutOfMemory: true }),
      };
    },
    /** Does nothing while it is populated. */
    remove: (): void => void isAllowed(() => removeTree(path)),
  };
};

/** Whether the kernel allowed it. */
const isAllowed = (act: () => void): boolean => attempt(act, false) !== false;

const removeTree = (path: string) => {
  const entries = readdirSync(path, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) removeTree(join(path, entry.name));
  rmdirSync(path);
};
