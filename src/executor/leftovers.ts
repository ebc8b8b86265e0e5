import type { Clock } from "@/lib/clock.ts";
import type { Cgroups } from "./cgroup.ts";
import { createDescendants } from "./descendants.ts";
import { noOrphans } from "./orphans.ts";
import { bootId, identityOf, readProcess } from "./proc.ts";
import { JOB_MARKER } from "./run.ts";

export interface Leftover {
  jobId: string;
  pid: number | null;
  /** The identity noted when the process was started; a pid that has another by now is left alone. */
  identity: string | null;
  /** Where its control group was. */
  cgroupPath: string | null;
}

/**
 * Either the leader itself, or, when it has gone, the number its group and session may still go by: the kernel gives
 * it to nobody while they live.
 */
const isStillOurs = (pid: number, identity: string): boolean =>
  readProcess(pid) === undefined ? identity.startsWith(`${bootId()}/`) : identityOf(pid) === identity;

/** Ends what a crash of this service has left running of a job. */
export const endLeftover = async (leftover: Leftover, cgroups: Cgroups, clock: Clock): Promise<void> => {
  const { jobId, pid, identity, cgroupPath } = leftover;
  const leaderPid = pid !== null && identity !== null && isStillOurs(pid, identity) ? pid : undefined;
  const cgroup = cgroups.find(jobId, cgroupPath);
  const marker = `${JOB_MARKER}=${jobId}`;
  await createDescendants({ leaderPid, marker, cgroup, orphans: noOrphans, clock }).sweep();
  cgroup?.remove();
};
