import type { Clock } from "@/clock.ts";
import { JOB_MARKER } from "./codex.ts";
import { createDescendants } from "./descendants.ts";
import { noOrphans } from "./orphans.ts";
import { bootId, identityOf, readProcess } from "./proc.ts";

export interface Leftover {
  jobId: string;
  pid: number | null;
  /** The identity noted when the process was started; a pid that has another by now is left alone. */
  identity: string | null;
}

/**
 * Either the leader itself, or, when it has gone, the number its group and session may still go by: the kernel gives
 * it to nobody while they live.
 */
const isStillOurs = (pid: number, identity: string): boolean =>
  readProcess(pid) === undefined ? identity.startsWith(`${bootId()}/`) : identityOf(pid) === identity;

/** Ends what a crash of this service has left running of a job. */
export const endLeftover = async ({ jobId, pid, identity }: Leftover, clock: Clock): Promise<void> => {
  const leaderPid = pid !== null && identity !== null && isStillOurs(pid, identity) ? pid : undefined;
  await createDescendants({ leaderPid, marker: `${JOB_MARKER}=${jobId}`, orphans: noOrphans, clock }).sweep();
};
