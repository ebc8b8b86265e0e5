import { type Clock, delay } from "@/lib/clock.ts";
import { isSameProcess, listProcesses, type ProcessEntry, readEnvironment, sendSignal } from "@/lib/proc.ts";
import type { Cgroup, Cgroups } from "./cgroup.ts";
import { noSubreaper, type Subreaper } from "./subreaper.ts";

/** Every process of a job carries this in its environment. */
export const JOB_MARKER = "OPENCLAW_JOB_ID";
const SWEEP_INTERVAL_MS = 20;
const MAX_SWEEPS = 50;

interface DescendantsOptions {
  /** Leader of the group; undefined if its pid may belong to another process by now. */
  leaderPid: number | undefined;
  /** `NAME=value` */
  marker: string;
  cgroup: Cgroup | undefined;
  subreaper: Subreaper;
  clock: Clock;
}

/**
 * The processes of a job, although they may have left its process group (`setsid`, double fork): found by control
 * group, by process group and session, by having been seen below the leader, by a marker in the environment they
 * inherit, and as orphans that became our children.
 */
export const createDescendants = ({ leaderPid, marker, cgroup, subreaper, clock }: DescendantsOptions) => {
  const markers = new Set([marker]);
  const seen = new Map<number, string>();

  const isOurs = ({ pid, groupId, sessionId, startTicks }: ProcessEntry): boolean =>
    groupId === leaderPid ||
    sessionId === leaderPid ||
    seen.get(pid) === startTicks ||
    readEnvironment(pid).some((variable) => markers.has(variable));

  /** Those that pass, and all below them: they are noted, because a parent's death would hide whose they are. */
  const collect = (isRoot: (entry: ProcessEntry) => boolean): Set<ProcessEntry> => {
    const everyone = listProcesses().filter(({ pid }) => pid !== process.pid);
    const found = new Set(everyone.filter(isRoot));
    // A set also visits what is added meanwhile.
    for (const { pid, startTicks } of found) {
      seen.set(pid, startTicks);
      for (const entry of everyone) if (entry.parentPid === pid) found.add(entry);
    }
    return found;
  };

  return {
    /** @returns what the leader and everything below it hold in memory, in KiB. */
    observe(): number {
      subreaper.reap();
      const family = [...collect(({ pid }) => pid === leaderPid)];
      return family.reduce((total, { residentKib }) => total + residentKib, 0);
    },
    /** Also counts processes started with this `NAME=value`. */
    addMarker: (added: string): void => void markers.add(added),
    /** Kills what is left until nothing is; gives up after about a second. */
    async killAll(): Promise<void> {
      for (let round = 0; round < MAX_SWEEPS; round++) {
        const isPopulated = cgroup?.isPopulated() ?? false;
        if (isPopulated) cgroup?.kill();
        if (subreaper.reap() && !isPopulated) return;
        const orphans = new Set(subreaper.listOrphans().map(({ pid }) => pid));
        const left = collect((entry) => orphans.has(entry.pid) || isOurs(entry));
        if (left.size === 0 && !isPopulated) return void subreaper.reap();
        for (const { pid } of left) sendSignal(pid, "SIGKILL");
        await delay(clock, SWEEP_INTERVAL_MS);
      }
    },
  };
};

/** What is known of a job that was running when this service died. */
export interface CrashedJob {
  jobId: string;
  pid: number | null;
  /** Noted at the start; if the pid has another identity now, it belongs to another process. */
  identity: string | null;
  cgroupPath: string | null;
}

/** Kills what a crash of this service left running of a job. */
export const killOrphans = async ({ jobId, pid, identity, cgroupPath }: CrashedJob, cgroups: Cgroups, clock: Clock) => {
  const leaderPid = pid !== null && identity !== null && isSameProcess(pid, identity) ? pid : undefined;
  const cgroup = cgroups.find(jobId, cgroupPath);
  const marker = `${JOB_MARKER}=${jobId}`;
  await createDescendants({ leaderPid, marker, cgroup, subreaper: noSubreaper, clock }).killAll();
  cgroup?.remove();
};
