import { type Clock, delay } from "@/lib/clock.ts";
import type { Cgroup } from "./cgroup.ts";
import type { Orphans } from "./orphans.ts";
import { listProcesses, type ProcessEntry, readEnvironment, sendSignal } from "./proc.ts";

const SWEEP_INTERVAL_MS = 20;
const MAX_SWEEPS = 50;

/**
 * Knows which processes belong to a job, although they may have left its process group (`setsid`, double fork):
 * by control group, by process group and session, by having been seen below it while it ran, by a marker in the
 * environment they inherit, and by having become our own children (one job runs at a time, so every orphan is the
 * running one's).
 */
export interface Descendants {
  /** Remembers everything below the leader now, and tells what it and the leader hold in memory, in KiB. */
  observe(): number;
  /** Also takes processes started with this `NAME=value`. */
  addMarker(marker: string): void;
  /** Kills all that is left, again and again until nothing is; gives up after about a second. */
  sweep(): Promise<void>;
}

interface DescendantsOptions {
  /** Leader of the group; undefined when its pid may by now be somebody else's. */
  leaderPid: number | undefined;
  /** `NAME=value` */
  marker: string;
  cgroup: Cgroup | undefined;
  orphans: Orphans;
  clock: Clock;
}

export const createDescendants = ({ leaderPid, marker, cgroup, orphans, clock }: DescendantsOptions): Descendants => {
  const markers = new Set([marker]);
  const seen = new Map<number, string>();

  const observe = (): number => {
    orphans.reap();
    if (leaderPid === undefined) return 0;
    const everyone = listProcesses();
    const below = belowOf(leaderPid, everyone);
    for (const entry of below) seen.set(entry.pid, entry.startTicks);
    const leader = everyone.filter(({ pid }) => pid === leaderPid);
    return [...leader, ...below].reduce((total, { residentKib }) => total + residentKib, 0);
  };

  const isOurs = (entry: ProcessEntry): boolean =>
    entry.groupId === leaderPid ||
    entry.sessionId === leaderPid ||
    seen.get(entry.pid) === entry.startTicks ||
    readEnvironment(entry.pid).some((variable) => markers.has(variable));

  return {
    observe,
    addMarker: (added) => {
      markers.add(added);
    },
    async sweep() {
      for (let round = 0; round < MAX_SWEEPS; round++) {
        const isPopulated = cgroup?.isPopulated() ?? false;
        if (isPopulated) cgroup?.kill();
        if (orphans.reap() && !isPopulated) return;
        const everyone = listProcesses();
        const adopted = new Set(orphans.listLiving().map(({ pid }) => pid));
        const left = everyone.filter((entry) => entry.pid !== process.pid && (adopted.has(entry.pid) || isOurs(entry)));
        if (left.length === 0 && !isPopulated) {
          orphans.reap();
          return;
        }
        // What they have started since, before their death hides whose child it is.
        const below = left.flatMap((entry) => belowOf(entry.pid, everyone));
        for (const entry of below) seen.set(entry.pid, entry.startTicks);
        for (const { pid } of [...left, ...below]) sendSignal(pid, "SIGKILL");
        await delay(clock, SWEEP_INTERVAL_MS);
      }
    },
  };
};

const belowOf = (rootPid: number, everyone: ProcessEntry[]): ProcessEntry[] => {
  const childrenOf = Map.groupBy(everyone, (entry) => entry.parentPid);
  const found: ProcessEntry[] = [];
  for (let level = childrenOf.get(rootPid) ?? []; level.length > 0; ) {
    found.push(...level);
    level = level.flatMap((entry) => childrenOf.get(entry.pid) ?? []);
  }
  return found;
};
