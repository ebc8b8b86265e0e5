import type { Executor } from "@/executor/codex/executor.ts";
import type { CrashedJob } from "@/executor/descendants.ts";
import type { StopCode } from "@/executor/run.ts";
import { isClosed, type MemoryGate } from "@/gates/memory.ts";
import { atMost, type Clock, delay } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import { createStoreRetry } from "@/lib/retry.ts";
import type { EndReason, JobEvents } from "./events.ts";
import type { QueueHold } from "./hold.ts";
import { readInTurns } from "./journal.ts";
import { interrupted } from "./outcome.ts";
import type { JobRepository } from "./repository.ts";
import { type Finished, finished, type JobRow, started } from "./state.ts";

/** How often memory, or the clock, is checked while a job waits for it. */
const CHECK_MS = 5000;

interface WorkerDeps {
  repository: JobRepository;
  executor: Executor;
  killOrphans: (job: CrashedJob) => Promise<void>;
  hold: Pick<QueueHold, "current" | "withRetry" | "noteEnd">;
  memoryGate: Pick<MemoryGate, "view">;
  events: JobEvents;
  /** Called when the end of a run is stored. */
  onEnded: (job: JobRow) => void;
  timing: { memoryWaitMs: number; shutdownGraceMs: number };
  clock: Clock;
  logger: Logger;
}

/** Runs jobs one at a time, oldest first. */
export const createWorker = (deps: WorkerDeps) => {
  const { repository, executor, killOrphans, hold, memoryGate, events, onEnded, timing, clock, logger } = deps;
  const shutdown = new AbortController();
  const isShuttingDown = () => shutdown.signal.aborted;
  let woken = Promise.withResolvers<void>();
  let loop: Promise<void> | undefined;
  /** The next job, while it waits for memory. A restart begins the wait anew. */
  let waiting: { jobId: string; sinceMs: number } | undefined;
  /** Set as soon as a job is claimed; `stop` follows when its process has started. */
  let current: { jobId: string; stop?: (code: StopCode) => void; stopCode?: StopCode } | undefined;

  const retryUntilStored = createStoreRetry({ clock, logger, signal: shutdown.signal });

  /** Why they wait has changed; that is derived, so nothing stored has. */
  const publishQueued = () => {
    for (const { jobId } of repository.listQueued()) events.publish(jobId);
  };

  /** Stores and publishes an end together: a reader of the final state also finds the last event. */
  const end = ({ jobId }: JobRow, change: Finished, reason: EndReason, store = repository.finishRunning) =>
    retryUntilStored("store the end of a job", () => {
      const stored = store(jobId, change);
      current = undefined;
      if (!stored) return undefined;
      hold.noteEnd(stored);
      events.emitEnd(stored, reason);
      if (stored.retryAt !== null) publishQueued();
      return stored;
    });

  const recover = async () => {
    for (const job of (await retryUntilStored("read the jobs", repository.listRunning)) ?? []) {
      await killOrphans(job);
      const journal = await readInTurns(events.journal(job.jobId)).catch(() => []);
      await end(job, interrupted(journal, clock.now()), "executor_recovery");
    }
  };

  /** Returns whether jobs wait for quota or login, at the next check or when a person resumes them. */
  const waitForHold = async (): Promise<boolean> => {
    const held = hold.current();
    if (!held) return false;
    const leftMs = Date.parse(held.retryAt) - clock.now().getTime();
    await atMost(clock, Math.min(CHECK_MS, leftMs), woken.promise);
    if (!hold.current()) publishQueued();
    return true;
  };

  /**
   * Returns whether there is memory for the job. If not, the job is marked as waiting, and this returns when it is time
   * for the next check; a job that has waited too long fails.
   */
  const waitForMemory = async (job: JobRow): Promise<boolean> => {
    const { gate, available_mib: availableMib } = memoryGate.view();
    if (!isClosed(gate)) return true;
    const { jobId } = job;
    if (waiting?.jobId !== jobId) waiting = { jobId, sinceMs: clock.monotonicMs() };
    const waitedMs = clock.monotonicMs() - waiting.sinceMs;
    if (waitedMs < timing.memoryWaitMs) {
      const note = { waitingReason: "memory", waitingAvailableMib: availableMib };
      await retryUntilStored("store that a job waits", () => repository.noteWaiting(jobId, note));
      events.publish(jobId);
      await delay(clock, Math.min(CHECK_MS, timing.memoryWaitMs - waitedMs), shutdown.signal);
    } else {
      const detail = { seconds: timing.memoryWaitMs / 1000, available: availableMib ?? 0 };
      const change = finished(clock.now(), { code: "mem_heavy_reject", detail });
      await end(job, change, "executor_worker", repository.finishQueued);
    }
    return false;
  };

  const execute = async (job: JobRow, resumed: JobRow | undefined): Promise<Finished> => {
    const { jobId } = job;
    const resumeThreadId = resumed?.threadId ?? undefined;
    // Without the thread, Codex would begin a new conversation.
    if (job.resumeJobId !== null && !resumeThreadId) return finished(clock.now(), { code: "resume_thread_lost" });
    const isThreadTaken = (threadId: string) => attempt(() => repository.hasThread(threadId), true);
    const toRun = { ...job, resumeThreadId, isThreadTaken };
    const run = await executor.start(toRun, (event) => events.emitRunEvent(jobId, event));
    if (run.kind !== "started") return finished(clock.now(), run);
    if (current) current.stop = run.stop;
    if (current?.stopCode) run.stop(current.stopCode);
    const location = { pid: run.pid, pidStart: run.identity ?? null, cgroupPath: run.cgroupPath ?? null };
    void retryUntilStored("note the process of a job", () => repository.noteProcess(jobId, location));
    const outcome = await run.ended;
    return hold.withRetry(finished(clock.now(), outcome));
  };

  /** Claims the job, unless it was canceled meanwhile, and runs it to its end. */
  const run = async ({ jobId, resumeJobId }: JobRow) => {
    const claimed = await retryUntilStored("start a job", () => {
      const resumed = resumeJobId === null ? undefined : repository.find(resumeJobId);
      const job = repository.start(jobId, started(clock.now()));
      if (job) current = { jobId };
      return job && { job, resumed };
    });
    if (!claimed) return;
    const { job, resumed } = claimed;
    events.emitState(job);
    let reason: EndReason = "executor_worker";
    const change = await execute(job, resumed).catch((error: unknown) => {
      logger.error({ err: error, job_id: jobId, trace_id: job.traceId }, "a job failed unexpectedly");
      reason = "executor_worker_exception";
      return finished(clock.now(), { code: "internal_error" });
    });
    const stored = await end(job, change, reason);
    if (stored) onEnded(stored);
  };

  const work = async () => {
    while (!isShuttingDown()) {
      // Before the queue is read, so that nothing is missed.
      woken = Promise.withResolvers();
      const next = await retryUntilStored("read the queue", repository.nextQueued);
      if (isShuttingDown()) return;
      if (!next) await woken.promise;
      else if (!(await waitForHold()) && (await waitForMemory(next)) && !isShuttingDown()) await run(next);
    }
  };

  /** Call after a job was queued, or when the queue is no longer held. */
  const wake = () => woken.resolve();

  /** The first reason wins. */
  const stopCurrent = (code: StopCode) => {
    if (!current) return;
    current.stopCode ??= code;
    current.stop?.(code);
  };

  return {
    /** Kills what a crash left running, fails those jobs as interrupted, then takes up the queue. */
    async start(): Promise<void> {
      await recover();
      loop = work();
    },
    wake,
    /** Stops the job if it is the running one, and returns whether it is. */
    cancel(jobId: string): boolean {
      if (current?.jobId !== jobId) return false;
      stopCurrent("canceled_by_user");
      return true;
    },
    view: (): { running: boolean; current_job_id: string | null } => ({
      running: loop !== undefined && !isShuttingDown(),
      current_job_id: current?.jobId ?? null,
    }),
    /** Starts no further job; the running one gets its grace period to finish, then ends as interrupted. */
    async stop(): Promise<void> {
      shutdown.abort();
      wake();
      if (loop && current) await atMost(clock, timing.shutdownGraceMs, loop);
      stopCurrent("interrupted");
      await loop;
    },
  };
};

export type Worker = ReturnType<typeof createWorker>;
