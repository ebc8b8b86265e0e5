import type { Clock } from "@/clock.ts";
import { JOB_MARKER } from "./codex.ts";
import { createDescendants } from "./descendants.ts";
import { noOrphans } from "./orphans.ts";
import { identityOf } from "./proc.ts";

export interface Leftover {
  jobId: string;
  pid: number | null;
  /** The identity noted when the process was started; a pid that has another by now is left alone. */
  identity: string | null;
}

/** Ends what a crash of this service has left running of a job. */
export const endLeftover = async ({ jobId, pid, identity }: Leftover, clock: Clock): Promise<void> => {
  const leaderPid = pid !== null && identity !== null && identityOf(pid) === identity ? pid : undefined;
  await createDescendants({ leaderPid, marker: `${JOB_MARKER}=${jobId}`, orphans: noOrphans, clock }).sweep();
};
