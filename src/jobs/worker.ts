import type { Audit } from "@/audit/audit.ts";
import { type Clock, delay } from "@/clock.ts";
import type { Executor, RunOutcome, StartFailure } from "@/executor/codex.ts";
import type { Leftover } from "@/executor/leftovers.ts";
import type { JobErrorCode } from "@/i18n/jobs.ts";
import type { Logger } from "@/logger.ts";
import type { JobRepository } from "./repository.ts";
import { canceled, type Finished, failed, type JobRow, started, succeeded } from "./state.ts";

/** A database that refuses a write (full disk, lock) is asked again this often, for as long as it takes. */
const RETRY_MS = 1000;

interface WorkerDeps {
  repository: JobRepository;
  executor: Executor;
  endLeftover: (leftover: Leftover) => Promise<void>;
  timeoutMs: number;
  audit: Audit;
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
  /** Takes no further job and ends the running one as interrupted; resolves when that is recorded. */
  stop(): Promise<void>;
}

export const createWorker = (deps: WorkerDeps): Worker => {
  const { repository, executor, endLeftover, timeoutMs, audit, clock, logger } = deps;
  let accepting = false;
  let stopping = false;
  let awake = false;
  let loop: Promise<void> | undefined;
  let current: { jobId: string; stop: (reason: "canceled" | "shut_down") => void } | undefined;

  const recover = async () => {
    for (const job of repository.listRunning()) {
      await endLeftover({ jobId: job.jobId, pid: job.pid, identity: job.pidStart });
      const end = failed(clock.now(), { code: "interrupted" });
      repository.finishRunning(job.jobId, end);
      recordEnd(job, end, "executor_recovery");
    }
  };

  /** Tries until the database takes it; undefined when the service stops first. */
  const persist = async <Result>(what: string, write: () => Result): Promise<Result | undefined> => {
    for (;;) {
      try {
        return write();
      } catch (error) {
        logger.error({ err: error }, `${what} could not be stored`);
        if (stopping) return undefined;
        await delay(clock, RETRY_MS);
      }
    }
  };

  const run = async (job: JobRow): Promise<Finished> => {
    const run = executor.start(job);
    if (run.kind !== "started") return failed(clock.now(), startFailure(run));
    current = { jobId: job.jobId, stop: run.stop };
    if (stopping) run.stop("shut_down");
    noteProcess(job.jobId, run.process);
    const outcome = await run.ended;
    return transitionFor(outcome, clock.now(), timeoutMs);
  };

  const noteProcess = (jobId: string, { pid, identity }: { pid: number; identity: string | undefined }) => {
    try {
      repository.noteProcess(jobId, pid, identity);
    } catch (error) {
      // Not fatal: recovery also finds the job's processes by the marker in their environment.
      logger.error({ err: error, job_id: jobId }, "the process of a job could not be noted");
    }
  };

  const work = async (job: JobRow) => {
    let reason = "executor_worker";
    const end = await run(job).catch((error: unknown) => {
      logger.error({ err: error, job_id: job.jobId, trace_id: job.traceId }, "a job failed unexpectedly");
      reason = "executor_worker_exception";
      return failed(clock.now(), { code: "internal_error" });
    });
    const stored = await persist("the end of a job", () => repository.finishRunning(job.jobId, end));
    current = undefined;
    if (stored) recordEnd(job, end, reason);
  };

  const recordEnd = (job: JobRow, end: Finished, reason: string) =>
    audit.record({
      traceId: reason === "executor_worker_exception" ? "" : job.traceId,
      category: "host_exec",
      type: "backend_exec_job",
      jobId: job.jobId,
      status: end.state,
      errorCode: end.errorCode ?? "",
      error: end.error ?? "",
      denied: end.state !== "succeeded",
      reason,
    });

  const workThroughQueue = async () => {
    while (awake) {
      awake = false;
      while (!stopping) {
        const job = await persist("the start of a job", () => repository.claimNext(started(clock.now())));
        if (!job) break;
        await work(job);
      }
    }
    loop = undefined;
  };

  const wake = () => {
    awake = true;
    if (accepting && !stopping) loop ??= workThroughQueue();
  };

  return {
    async start() {
      await recover();
      accepting = true;
      wake();
    },
    wake,
    cancel(jobId) {
      if (current?.jobId !== jobId) return false;
      current.stop("canceled");
      return true;
    },
    view: () => ({ running: accepting && !stopping, current_job_id: current?.jobId ?? null }),
    async stop() {
      stopping = true;
      current?.stop("shut_down");
      await loop;
    },
  };
};

const startFailure = (failure: StartFailure): { code: JobErrorCode; detail: Record<string, string> } => {
  switch (failure.kind) {
    case "not_available":
      return { code: "executor_not_available", detail: { bin: failure.bin } };
    case "start_failed":
      return { code: "executor_start_failed", detail: { reason: failure.reason } };
    case "cwd_missing":
      return { code: "invalid_cwd", detail: { cwd: failure.cwd } };
    case "cwd_outside":
      return { code: "workdir_not_allowed", detail: { cwd: failure.cwd } };
  }
};

const transitionFor = (outcome: RunOutcome, at: Date, timeoutMs: number): Finished => {
  switch (outcome.kind) {
    case "succeeded":
      return succeeded(at, outcome.resultText, outcome);
    case "exited_nonzero": {
      const { exit, resultText } = outcome;
      return failed(at, { code: "executor_nonzero_exit", detail: { exit }, resultText }, outcome);
    }
    case "stopped":
      switch (outcome.reason) {
        case "canceled":
          return canceled(at, outcome);
        case "timed_out":
          return failed(at, { code: "executor_timeout", detail: { seconds: timeoutMs / 1000 } }, outcome);
        case "shut_down":
          return failed(at, { code: "interrupted" }, outcome);
      }
  }
};
