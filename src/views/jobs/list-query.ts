import type { JobState } from "@/jobs/state.ts";

export interface WantedJobs {
  state: JobState | undefined;
  before?: number | undefined;
}

/** "" for the newest of every state. */
export const listQuery = ({ state, before }: WantedJobs): string => {
  const query = new URLSearchParams();
  if (state !== undefined) query.set("state", state);
  if (before !== undefined) query.set("before", String(before));
  return query.size > 0 ? `?${query}` : "";
};
