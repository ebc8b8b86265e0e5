import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Libc, readAttribute } from "./libc.ts";
import { sendSignal } from "./proc.ts";

/** One job's control group: the kernel knows who is in it, whatever they do to hide. */
export interface Cgroup {
  path: string;
  /** Whether anybody is in it, or in a group that they made below it. */
  isPopulated(): boolean;
  /** Kills all of them, those included that are just being born. */
  kill(): void;
  /** What all of them together took; a figure that the kernel does not keep is missing. */
  figures(): { peakMemoryKib?: number; cpuMs?: number };
  /** Does nothing while somebody is in it. */
  remove(): void;
}

export interface Cgroups {
  /** Where the jobs' groups are made, to tell; undefined where none can be. */
  root: string | undefined;
  /** undefined where no group can be made; the job then runs without one. */
  create(jobId: string): Cgroup | undefined;
  /** The group that a job of an earlier start still has, where it was noted or else where it would be now. */
  find(jobId: string, notedPath: string | null): Cgroup | undefined;
}

export const noCgroups: Cgroups = { root: undefined, create: () => undefined, find: () => undefined };

/**
 * Groups below the one that was delegated to this service: systemd's `Delegate=` marks it with an attribute. In any
 * other group we are a guest, and make none.
 */
export const delegatedCgroups = (libc: Libc | undefined): Cgroups => {
  const own = libc && ownGroup();
  if (!own) return noCgroups;
  const root = [own, dirname(own)].find((path) => readAttribute(libc, path, "user.delegate") === "1");
  try {
    return root === undefined ? noCgroups : takeOver(root, own);
  } catch {
    return noCgroups;
  }
};

const takeOver = (root: string, own: string): Cgroups => {
  // A group with processes of its own may hand no controller down, so this service moves one below.
  const service = root === own ? join(root, "service") : own;
  mkdirSync(service, { recursive: true });
  writeFileSync(join(service, "cgroup.procs"), String(process.pid));
  try {
    writeFileSync(join(root, "cgroup.subtree_control"), "+memory");
  } catch {
    // Without it the group still tells and ends its processes; memory is then measured as without a group.
  }
  return createCgroups(root);
};

export const createCgroups = (root: string): Cgroups => {
  const pathOf = (jobId: string) => join(root, nameOf(jobId));
  return {
    root,
    create(jobId) {
      const path = pathOf(jobId);
      try {
        mkdirSync(path);
        return openCgroup(path);
      } catch {
        return undefined;
      }
    },
    find: (jobId, notedPath) => findCgroup(jobId, notedPath ?? pathOf(jobId)),
  };
};

const nameOf = (jobId: string) => `job-${jobId}`;

/** Nothing but this job's own group, whatever the database says. */
const findCgroup = (jobId: string, path: string): Cgroup | undefined =>
  basename(path) === nameOf(jobId) && existsSync(join(path, "cgroup.procs")) ? openCgroup(path) : undefined;

const openCgroup = (path: string): Cgroup => {
  const read = (name: string): string => {
    try {
      return readFileSync(join(path, name), "utf8");
    } catch {
      return "";
    }
  };
  return {
    path,
    isPopulated: () => /^populated 1$/m.test(read("cgroup.events")),
    kill() {
      try {
        writeFileSync(join(path, "cgroup.kill"), "1");
      } catch {
        // Linux has it since 5.14; before, one after the other, in as many rounds as they make it take.
        const pids = read("cgroup.procs").split("\n").map(Number);
        for (const pid of pids) if (pid > 0) sendSignal(pid, "SIGKILL");
      }
    },
    figures() {
      const peakBytes = Number.parseInt(read("memory.peak"), 10);
      const cpuUs = Number(/^usage_usec (\d+)$/m.exec(read("cpu.stat"))?.[1]);
      return {
        ...(peakBytes >= 0 && { peakMemoryKib: Math.ceil(peakBytes / 1024) }),
        ...(cpuUs >= 0 && { cpuMs: Math.round(cpuUs / 1000) }),
      };
    },
    remove() {
      try {
        removeTree(path);
      } catch {
        // Whoever is in it outlived every signal; the group costs nothing but its name.
      }
    },
  };
};

const removeTree = (path: string) => {
  const entries = readdirSync(path, { withFileTypes: true });
  for (const entry of entries.filter((entry) => entry.isDirectory())) removeTree(join(path, entry.name));
  rmdirSync(path);
};

/** The control group (version 2) that this process is in. */
const ownGroup = (): string | undefined => {
  try {
    const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(readFileSync("/proc/self/mountinfo", "utf8"))?.[1];
    const path = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    return mount === undefined || path === undefined ? undefined : join(mount, path);
  } catch {
    return undefined;
  }
};
