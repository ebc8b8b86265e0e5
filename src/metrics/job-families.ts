import type { JobState } from "@/jobs/state.ts";
import { type Family, gauge } from "./family.ts";

interface JobCounts {
  byState: ReadonlyMap<JobState, number>;
  /** null when none waits. */
  oldestQueuedAt: string | null;
  at: Date;
}

const STATES: readonly JobState[] = ["queued", "running", "succeeded", "failed", "canceled"];

export const jobFamilies = ({ byState, oldestQueuedAt, at }: JobCounts): Family[] => [
  {
    name: "openclaw_backend_jobs",
    type: "gauge",
    help: "Jobs that are kept, by state.",
    samples: STATES.map((state) => ({ labels: { state }, value: byState.get(state) ?? 0 })),
  },
  ...gauge(
    "openclaw_backend_job_queue_oldest_seconds",
    "For how long the oldest waiting job has waited; 0 when none does.",
    oldestQueuedAt === null ? 0 : Math.max(0, (at.getTime() - Date.parse(oldestQueuedAt)) / 1000),
  ),
];
