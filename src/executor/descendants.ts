import { type Clock, delay } from "@/lib/clock.ts";
import {
  isSameProcess,
  listProcesses,
  type ProcessEntry,
  readEnvironment,
  readProcess,
  sendSignal,
  yieldsToOthers,
} from "@/lib/proc.ts";
import type { Cgroup, Cgroups } from "./cgroup.ts";
import { noSubreaper, type Subreaper } from "./subreaper.ts";

/** Every process of a job carries this in its environment. */
export const JOB_MARKER = "OPENCLAW_JOB_ID";
const SWEEP_INTERVAL_MS = 20;
const MAX_SWEEPS = 50;

interface DescendantsOptions {
  /** Leader of the group; undefined if its pid may belong to another process by now. */
  leaderPid: number | undefined;
  /** The leader had exited before: its pid may be another group's id by now. */
  isLeaderGone?: boolean;
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
export const createDescendants = (options: DescendantsOptions) => {
  const { leaderPid, isLeaderGone = false, marker, cgroup, subreaper, clock } = options;
  const seen = new Map<number, string>();

  /** Another group may have reused the pid of a leader that is gone, without what jobs inherit. */
  const isOfJob = (pid: number, environment: readonly string[]) =>
    !isLeaderGone || environment.join("") === "" || yieldsToOthers(pid);

  const isOurs = ({ pid, groupId, sessionId, startTicks }: ProcessEntry): boolean => {
    if (seen.get(pid) === startTicks) return true;
    const environment = readEnvironment(pid);
    return (
      environment.includes(marker) || ([groupId, sessionId].includes(leaderPid ?? -1) && isOfJob(pid, environment))
    );
  };

  /** The matching processes and all below them, which are remembered: a parent's death would hide the relation. */
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
  pidStart: string | null;
  cgroupPath: string | null;
}

/** Kills what a crash of this service left running of a job. */
export const killOrphans = async ({ jobId, pid, pidStart, cgroupPath }: CrashedJob, cgroups: Cgroups, clock: Clock) => {
  const leaderPid = pid !== null && pidStart !== null && isSameProcess(pid, pidStart) ? pid : undefined;
  const isLeaderGone = leaderPid !== undefined && readProcess(leaderPid) === undefined;
  const cgroup = cgroups.find(jobId, cgroupPath);
  const marker = `${JOB_MARKER}=${jobId}`;
  await createDescendants({ leaderPid, isLeaderGone, marker, cgroup, subreaper: noSubreaper, clock }).killAll();
  cgroup?.remove();
};
