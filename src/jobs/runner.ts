import type { Executor, Run, RunOutcome, StopReason } from "@/executor/run.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { endOf, failureOf } from "./outcome.ts";
import type { Patience } from "./patience.ts";
import type { JobRepository } from "./repository.ts";
import { type Finished, failed, type JobRow, started } from "./state.ts";
import type { Story } from "./story.ts";

interface RunnerDeps {
  repository: Pick<JobRepository, "find" | "start" | "noteProcess" | "finishRunning">;
  executor: Executor;
  /** Why a job need not be tried now, because Codex is known to be unusable. */
  refusal: () => { at: string; seconds: number } | undefined;
  patience: Patience;
  story: Story;
  limits: { timeoutMs: number; stallMs: number };
  /** Hears of each end, when it is stored. */
  onEnded: (job: JobRow, outcome: RunOutcome | undefined) => void;
  clock: Clock;
  logger: Logger;
}

/** Takes one job from `queued` to its end. */
export const createRunner = (deps: RunnerDeps) => {
  const { repository, executor, refusal, patience, story, limits, onEnded, clock, logger } = deps;
  /** The job that runs, from the very statement that says so; its run comes a moment later. */
  let current: { jobId: string; run?: Run; stopEarly?: StopReason } | undefined;

  const claim = (jobId: string): JobRow | undefined => {
    const job = repository.start(jobId, started(clock.now()));
    if (job) current = { jobId };
    return job;
  };

  const resumeThreadOf = (job: JobRow): string | undefined =>
    (job.resumeJobId === null ? undefined : repository.find(job.resumeJobId)?.threadId) ?? undefined;

  const noteProcess = (jobId: string, process: Run["process"]) => {
    try {
      repository.noteProcess(jobId, process);
    } catch (error) {
      // Not fatal: recovery also finds the job's processes by the marker in their environment.
      logger.error({ err: error, job_id: jobId }, "the process of a job could not be noted");
    }
  };

  const execute = async (job: JobRow): Promise<{ end: Finished; outcome?: RunOutcome }> => {
    const refused = refusal();
    if (refused) return { end: failed(clock.now(), { code: "executor_not_ready", detail: refused }) };
    const run = executor.start({ ...job, resumeThreadId: resumeThreadOf(job) }, (event) =>
      story.tellEvent(job.jobId, event),
    );
    if (run.kind !== "started") return { end: failed(clock.now(), failureOf(run)) };
    if (current) current.run = run;
    if (current?.stopEarly) run.stop(current.stopEarly);
    noteProcess(job.jobId, run.process);
    const outcome = await run.ended;
    return { end: endOf(outcome, clock.now(), limits), outcome };
  };

  const work = async (job: JobRow) => {
    story.tellState(job.jobId, job);
    const { end, outcome, isBug } = await execute(job).then(
      (ended) => ({ ...ended, isBug: false }),
      (error: unknown) => {
        logger.error({ err: error, job_id: job.jobId, trace_id: job.traceId }, "a job failed unexpectedly");
        return { end: failed(clock.now(), { code: "internal_error" }), outcome: undefined, isBug: true };
      },
    );
    const stored = await patience.untilStored("the end of a job", () => repository.finishRunning(job.jobId, end));
    current = undefined;
    if (!stored) return;
    story.tellEnd(job, end, isBug ? "executor_worker_exception" : "executor_worker");
    onEnded(stored, outcome);
  };

  return {
    /** Claims the job, unless it was canceled meanwhile, and runs it to its end. */
    async run(jobId: string): Promise<void> {
      const job = await patience.untilStored("the start of a job", () => claim(jobId));
      if (job) await work(job);
    },
    /** Asks the running job to end; the first reason wins. */
    stop(reason: StopReason): void {
      if (!current) return;
      current.stopEarly ??= reason;
      current.run?.stop(reason);
    },
    currentJobId: (): string | undefined => current?.jobId,
  };
};
