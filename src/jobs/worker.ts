import type { Audit } from "@/audit/audit.ts";
import type { Leftover } from "@/executor/leftovers.ts";
import type { Executor, RunOutcome } from "@/executor/run.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import { atMost, type Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import type { Journals } from "./journal.ts";
import { createMemoryWait } from "./memory-wait.ts";
import { createPatience } from "./patience.ts";
import type { JobRepository } from "./repository.ts";
import { createRunner } from "./runner.ts";
import type { JobSignals } from "./signals.ts";
import { failed, type JobRow } from "./state.ts";
import { createStory } from "./story.ts";

interface WorkerDeps {
  repository: JobRepository;
  executor: Executor;
  endLeftover: (leftover: Leftover) => Promise<void>;
  /** Why a job need not be tried now, because Codex is known to be unusable. */
  refusal: () => { at: string; seconds: number } | undefined;
  memoryGate: MemoryGate;
  journals: Journals;
  signals: JobSignals;
  /** Hears of each end, when it is stored. */
  onEnded: (job: JobRow, outcome: RunOutcome | undefined) => void;
  timing: { timeoutMs: number; stallMs: number; memoryWaitMs: number; shutdownGraceMs: number };
  audit: Pick<Audit, "record">;
  clock: Clock;
  logger: Logger;
}

export interface Worker {
  /** Ends what a crash left running, records those jobs as interrupted, then takes jobs one at a time, oldest first. */
  start(): Promise<void>;
  /** Says that a job has been queued. */
  wake(): void;
  /** Asks the running job to end; false when this job is not running here. */
  cancel(jobId: string): boolean;
  view(): { running: boolean; current_job_id: string | null };
  /** Takes no further job, lets the running one finish within its grace, else ends it as interrupted; then resolves. */
  stop(): Promise<void>;
}

export const createWorker = (deps: WorkerDeps): Worker => {
  const { repository, endLeftover, timing, clock } = deps;
  const patience = createPatience(deps);
  const story = createStory(deps);
  const memoryWait = createMemoryWait({ ...deps, patience, story, limitMs: timing.memoryWaitMs });
  const runner = createRunner({ ...deps, patience, story, limits: timing });
  let accepting = false;
  let awake = false;
  let loop: Promise<void> | undefined;

  const recover = async () => {
    for (const job of repository.listRunning()) {
      const { jobId, pid, pidStart, cgroupPath } = job;
      await endLeftover({ jobId, pid, identity: pidStart, cgroupPath });
      const end = failed(clock.now(), { code: "interrupted" });
      if (repository.finishRunning(jobId, end)) story.tellEnd(job, end, "executor_recovery");
    }
  };

  const workThroughQueue = async () => {
    while (awake) {
      awake = false;
      while (!patience.isOver()) {
        const next = await patience.untilStored("the queue", () => repository.nextQueued());
        if (!next) break;
        const hasMemory = await memoryWait.isOver(next);
        if (hasMemory && !patience.isOver()) await runner.run(next.jobId);
      }
    }
    loop = undefined;
  };

  const wake = () => {
    awake = true;
    if (accepting && !patience.isOver()) loop ??= workThroughQueue();
  };

  return {
    async start() {
      await recover();
      accepting = true;
      wake();
    },
    wake,
    cancel(jobId) {
      if (runner.currentJobId() !== jobId) return false;
      runner.stop("canceled");
      return true;
    },
    view: () => ({ running: accepting && !patience.isOver(), current_job_id: runner.currentJobId() ?? null }),
    async stop() {
      patience.end();
      if (loop && runner.currentJobId() !== undefined) await atMost(clock, timing.shutdownGraceMs, loop);
      runner.stop("shut_down");
      await loop;
    },
  };
};
