import type { Audit } from "@/audit/audit.ts";
import { type Clock, delay, toTimestamp } from "@/clock.ts";
import { type AppError, toAppError } from "@/errors.ts";
import type { Executor, Run, RunOutcome, StartFailure, StopReason } from "@/executor/codex.ts";
import type { Leftover } from "@/executor/leftovers.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { JobErrorCode } from "@/i18n/jobs.ts";
import type { Logger } from "@/logger.ts";
import type { Journals } from "./journal.ts";
import type { JobRepository } from "./repository.ts";
import type { JobSignals } from "./signals.ts";
import { canceled, type Finished, failed, type JobRow, started, succeeded } from "./state.ts";

/** A database that refuses a write (full disk, lock) is asked again this often, for as long as it takes. */
const RETRY_MS = 1000;
/** How often a job that waits for memory looks again. */
const MEMORY_CHECK_MS = 5000;

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
  onEnded: (outcome: RunOutcome | undefined) => void;
  timing: { timeoutMs: number; stallMs: number; memoryWaitMs: number; shutdownGraceMs: number };
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
  /** Takes no further job, lets the running one finish within its grace, else ends it as interrupted; then resolves. */
  stop(): Promise<void>;
}

export const createWorker = (deps: WorkerDeps): Worker => {
  const { repository, executor, endLeftover, refusal, memoryGate, journals, signals, onEnded } = deps;
  const { timing, audit, clock, logger } = deps;
  let accepting = false;
  let stopping = false;
  let awake = false;
  let loop: Promise<void> | undefined;
  /** The job that runs, from the very statement that says so; its run comes a moment later. */
  let current: { jobId: string; run?: Run; stopEarly?: StopReason } | undefined;
  /** Cuts a pause of the loop short. */
  let endPause = () => {};

  const recover = async () => {
    for (const job of repository.listRunning()) {
      await endLeftover({ jobId: job.jobId, pid: job.pid, identity: job.pidStart });
      const end = failed(clock.now(), { code: "interrupted" });
      if (repository.finishRunning(job.jobId, end)) tellEnd(job, end, "executor_recovery");
    }
  };

  const pause = (ms: number): Promise<void> => {
    if (stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.schedule(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  };

  /** Tries until the database takes it; undefined when the service stops first. */
  const persist = async <Result>(what: string, write: () => Result): Promise<Result | undefined> => {
    for (;;) {
      try {
        return write();
      } catch (error) {
        logger.error({ err: error }, `${what} could not be stored`);
        if (stopping) return undefined;
        await pause(RETRY_MS);
      }
    }
  };

  const resumeThreadOf = (job: JobRow): string | undefined =>
    (job.resumeJobId === null ? undefined : repository.find(job.resumeJobId)?.threadId) ?? undefined;

  const run = async (job: JobRow): Promise<{ end: Finished; outcome?: RunOutcome }> => {
    const refused = refusal();
    if (refused) return { end: failed(clock.now(), { code: "executor_not_ready", detail: refused }) };
    const run = executor.start({ ...job, resumeThreadId: resumeThreadOf(job) }, (event) => {
      journals.append(job.jobId, event);
      signals.notify(job.jobId);
    });
    if (run.kind !== "started") return { end: failed(clock.now(), startFailure(run)) };
    if (current) current.run = run;
    if (current?.stopEarly) run.stop(current.stopEarly);
    noteProcess(job.jobId, run.process);
    const outcome = await run.ended;
    return { end: transitionFor(outcome, clock.now(), timing), outcome };
  };

  const stopCurrent = (reason: StopReason) => {
    if (!current) return;
    current.stopEarly ??= reason;
    current.run?.stop(reason);
  };

  const claim = (jobId: string): JobRow | undefined => {
    const job = repository.start(jobId, started(clock.now()));
    if (job) current = { jobId };
    return job;
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
    tellState(job.jobId, job);
    let reason = "executor_worker";
    const { end, outcome } = await run(job).catch((error: unknown) => {
      logger.error({ err: error, job_id: job.jobId, trace_id: job.traceId }, "a job failed unexpectedly");
      reason = "executor_worker_exception";
      return { end: failed(clock.now(), { code: "internal_error" }), outcome: undefined };
    });
    const stored = await persist("the end of a job", () => repository.finishRunning(job.jobId, end));
    current = undefined;
    if (!stored) return;
    tellEnd(job, end, reason);
    onEnded(outcome);
  };

  const tellState = (jobId: string, { state, errorCode, error }: Pick<JobRow, "state" | "errorCode" | "error">) => {
    journals.append(jobId, { type: "state", state, error_code: errorCode ?? "", error: error ?? "" });
    signals.notify(jobId);
  };

  const tellEnd = (job: JobRow, end: Finished, reason: string) => {
    tellState(job.jobId, end);
    journals.release(job.jobId);
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
  };

  /**
   * Whether the job may start now. If memory is short it stays queued, saying so, until there is enough or it has
   * waited too long.
   */
  const hasMemory = async (job: JobRow): Promise<boolean> => {
    const shortage = shortageOf(memoryGate);
    if (shortage === undefined) return true;
    const availableMib = Number(shortage.detail.available ?? 0);
    const waitedMs = job.waitingSince === null ? 0 : clock.now().getTime() - Date.parse(job.waitingSince);
    if (waitedMs >= timing.memoryWaitMs) {
      const detail = { seconds: timing.memoryWaitMs / 1000, available: availableMib };
      const end = failed(clock.now(), { code: "mem_heavy_reject", detail });
      const stored = await persist("the end of a job", () => repository.finishQueued(job.jobId, end));
      if (stored) tellEnd(job, end, "executor_worker");
      return false;
    }
    const waiting = { reason: "memory", at: toTimestamp(clock.now()), availableMib };
    await persist("the wait of a job", () => repository.noteWaiting(job.jobId, waiting));
    signals.notify(job.jobId);
    await pause(Math.min(MEMORY_CHECK_MS, timing.memoryWaitMs - waitedMs));
    return false;
  };

  const workThroughQueue = async () => {
    while (awake) {
      awake = false;
      while (!stopping) {
        const next = await persist("the queue", () => repository.nextQueued());
        if (!next) break;
        if (!(await hasMemory(next)) || stopping) continue;
        // Undefined when it was canceled meanwhile.
        const job = await persist("the start of a job", () => claim(next.jobId));
        if (job) await work(job);
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
      stopCurrent("canceled");
      return true;
    },
    view: () => ({ running: accepting && !stopping, current_job_id: current?.jobId ?? null }),
    async stop() {
      stopping = true;
      endPause();
      if (current && loop !== undefined) await Promise.race([loop, delay(clock, timing.shutdownGraceMs)]);
      stopCurrent("shut_down");
      await loop;
    },
  };
};

const shortageOf = (memoryGate: MemoryGate): AppError | undefined => {
  try {
    memoryGate.check("heavy");
    return undefined;
  } catch (error) {
    return toAppError(error);
  }
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
    case "danger_off":
      return { code: "permission_deny", detail: {} };
  }
};

const transitionFor = (outcome: RunOutcome, at: Date, timing: WorkerDeps["timing"]): Finished => {
  const { figures } = outcome;
  switch (outcome.kind) {
    case "succeeded":
      return succeeded(at, outcome.resultText, figures);
    case "exited_nonzero": {
      const { exit, resultText } = outcome;
      return failed(at, { code: "executor_nonzero_exit", detail: { exit }, resultText }, figures);
    }
    case "model_failed": {
      const { failure, exit, message, resultText } = outcome;
      return failed(at, { code: failure, detail: { exit, message }, resultText }, figures);
    }
    case "stopped":
      return stoppedBecause(outcome.reason, at, figures, timing);
  }
};

const stoppedBecause = (
  reason: StopReason,
  at: Date,
  figures: RunOutcome["figures"],
  { timeoutMs, stallMs }: WorkerDeps["timing"],
): Finished => {
  switch (reason) {
    case "canceled":
      return canceled(at, figures);
    case "timed_out":
      return failed(at, { code: "executor_timeout", detail: { seconds: timeoutMs / 1000 } }, figures);
    case "stalled":
      return failed(at, { code: "executor_stalled", detail: { seconds: stallMs / 1000 } }, figures);
    case "memory_pressure":
      return failed(at, { code: "memory_pressure" }, figures);
    case "shut_down":
      return failed(at, { code: "interrupted" }, figures);
  }
};
