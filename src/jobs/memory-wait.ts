import type { MemoryGate } from "@/gates/memory.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { type AppError, toAppError } from "@/lib/errors.ts";
import type { Patience } from "./patience.ts";
import type { JobRepository } from "./repository.ts";
import { failed, type JobRow } from "./state.ts";
import type { Story } from "./story.ts";

/** How often a job that waits for memory looks again. */
const CHECK_MS = 5000;

interface MemoryWaitDeps {
  repository: Pick<JobRepository, "finishQueued" | "noteWaiting">;
  memoryGate: MemoryGate;
  patience: Patience;
  story: Story;
  /** A job that has waited this long fails. */
  limitMs: number;
  clock: Clock;
}

export const createMemoryWait = ({ repository, memoryGate, patience, story, limitMs, clock }: MemoryWaitDeps) => {
  const shortage = (): AppError | undefined => {
    try {
      memoryGate.check("heavy");
      return undefined;
    } catch (error) {
      return toAppError(error);
    }
  };

  const giveUp = async (job: JobRow, available: number) => {
    const detail = { seconds: limitMs / 1000, available };
    const end = failed(clock.now(), { code: "mem_heavy_reject", detail });
    const stored = await patience.untilStored("the end of a job", () => repository.finishQueued(job.jobId, end));
    if (stored) story.tellEnd(job, end, "executor_worker");
  };

  return {
    /**
     * Whether the job may start now. If memory is short it stays queued and says so, and this returns when it is time
     * to look again; when the job has waited too long, it fails.
     */
    async isOver(job: JobRow): Promise<boolean> {
      const short = shortage();
      if (short === undefined) return true;
      const availableMib = Number(short.detail.available ?? 0);
      const waitedMs = job.waitingSince === null ? 0 : clock.now().getTime() - Date.parse(job.waitingSince);
      if (waitedMs >= limitMs) {
        await giveUp(job, availableMib);
        return false;
      }
      const waiting = { reason: "memory", at: toTimestamp(clock.now()), availableMib };
      await patience.untilStored("the wait of a job", () => repository.noteWaiting(job.jobId, waiting));
      story.nudge(job.jobId);
      await patience.pause(Math.min(CHECK_MS, limitMs - waitedMs));
      return false;
    },
  };
};
