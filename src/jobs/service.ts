import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/clock.ts";
import { AppError } from "@/errors.ts";
import type { Programs } from "@/executor/programs.ts";
import type { Workdirs } from "@/executor/workdir.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import { codePoints } from "@/text.ts";
import type { JournalReader, Journals } from "./journal.ts";
import type { JobRepository, ListedJob, ListQuery } from "./repository.ts";
import type { CreateJobBody } from "./schemas.ts";
import type { JobSignals } from "./signals.ts";
import { canceled, isFinal, type JobRow, queued } from "./state.ts";
import type { Worker } from "./worker.ts";

const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;

interface JobServiceDeps {
  repository: JobRepository;
  worker: Pick<Worker, "wake" | "cancel">;
  journals: Journals;
  signals: JobSignals;
  programs: Pick<Programs, "codexBin" | "findCodex">;
  workdirs: Workdirs;
  memoryGate: MemoryGate;
  allowDanger: boolean;
  maxTaskChars: number;
  maxQueued: number;
  audit: Audit;
  clock: Clock;
  newId: () => string;
}

interface Submission {
  traceId: string;
  idempotencyKey?: string | undefined;
}

export const createJobService = (deps: JobServiceDeps) => {
  const { repository, worker, journals, signals, programs, workdirs, memoryGate, audit, clock, newId } = deps;
  const { allowDanger, maxTaskChars, maxQueued } = deps;

  const get = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("job_not_found");
    return job;
  };

  /** In the predecessor's order, which clients may rely on (contract A5). */
  const checkRequest = (body: CreateJobBody, cwd: string): void => {
    if (!["L3", "L4"].includes(body.permission_level)) throw new AppError("permission_too_low");
    if (body.allow_danger && body.permission_level !== "L4") throw new AppError("danger_needs_l4");
    if (body.allow_danger && !allowDanger) throw new AppError("danger_off");
    if (body.executor !== "codex") throw new AppError("executor_unsupported", { executor: body.executor });
    if (programs.findCodex() === "") throw new AppError("executor_not_available", { bin: programs.codexBin });
    if (body.task === "") throw new AppError("missing_task");
    if (codePoints(body.task) > maxTaskChars) throw new AppError("task_too_large", { limit: maxTaskChars });
    const workdir = workdirs.check(cwd);
    if (workdir.kind === "missing") throw new AppError("invalid_cwd", { cwd });
    if (workdir.kind === "outside") throw new AppError("workdir_not_allowed", { cwd });
  };

  /** The finished job whose Codex thread is to be continued. */
  const jobToResume = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("resume_job_not_found", { job: jobId });
    if (!isFinal(job.state)) throw new AppError("resume_job_unfinished", { job: jobId });
    if (!job.threadId) throw new AppError("resume_thread_missing", { job: jobId });
    return job;
  };

  const enqueue = (body: CreateJobBody, { traceId, idempotencyKey }: Submission, requestHash: string): JobRow => {
    const resumed = body.resume_job_id === undefined ? undefined : jobToResume(body.resume_job_id);
    const cwd = resumed?.cwd ?? workdirs.normalize(body.cwd);
    checkRequest(body, cwd);
    if (repository.countQueued() >= maxQueued) throw new AppError("queue_full", { limit: maxQueued });
    const at = clock.now();
    const job = queued({
      jobId: newId(),
      executor: body.executor,
      task: body.task,
      cwd,
      permissionLevel: body.permission_level,
      allowDanger: body.allow_danger,
      resumeJobId: resumed?.jobId ?? null,
      traceId,
      at,
    });
    if (idempotencyKey === undefined) return repository.enqueue(job);
    const expiredBefore = toTimestamp(new Date(at.getTime() - KEY_LIFETIME_MS));
    return repository.enqueueOnce(job, { key: idempotencyKey, requestHash, createdAt: job.createdAt, expiredBefore });
  };

  /** The job that this very request has made before. */
  const findReplay = (key: string, requestHash: string): JobRow | undefined => {
    if (!KEY_SHAPE.test(key)) throw new AppError("idempotency_key_invalid");
    const known = repository.findKey(key, toTimestamp(new Date(clock.now().getTime() - KEY_LIFETIME_MS)));
    if (!known) return undefined;
    if (known.requestHash !== requestHash) throw new AppError("idempotency_conflict");
    return repository.find(known.jobId);
  };

  const tellState = ({ jobId, state, errorCode, error }: JobRow) => {
    journals.append(jobId, { type: "state", state, error_code: errorCode ?? "", error: error ?? "" });
    signals.notify(jobId);
  };

  /** Resolves when there is news of the job, when `timeoutMs` are over, or when nobody listens any more. */
  const nextNews = (jobId: string, timeoutMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const finish = () => {
        unsubscribe();
        cancelTimer();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const unsubscribe = signals.subscribe(jobId, finish);
      const cancelTimer = clock.schedule(timeoutMs, finish);
      signal.addEventListener("abort", finish);
      if (signal.aborted) finish();
    });

  return {
    /** A repeated submit is answered before memory or queue are asked: it adds nothing. */
    submit(body: CreateJobBody, submission: Submission): { job: JobRow; isReplay: boolean } {
      const requestHash = new Bun.CryptoHasher("sha256").update(JSON.stringify(body)).digest("hex");
      const { traceId, idempotencyKey } = submission;
      const replay = idempotencyKey === undefined ? undefined : findReplay(idempotencyKey, requestHash);
      if (replay) return { job: replay, isReplay: true };

      memoryGate.check("heavy");
      const job = enqueue(body, submission, requestHash);
      tellState(job);
      audit.record({
        traceId,
        category: "host_exec",
        type: "backend_exec_job",
        jobId: job.jobId,
        status: job.state,
        denied: false,
        reason: "executor_job_submitted",
        params: {
          executor: job.executor,
          cwd: job.cwd,
          permission_level: job.permissionLevel,
          allow_danger: job.allowDanger,
        },
      });
      worker.wake();
      return { job, isReplay: false };
    },

    get,

    /**
     * The job once it has ended, or as it is after `waitMs`.
     * @param signal ends the wait when nobody is there to hear of it any more.
     */
    async waitForEnd(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobRow> {
      const deadlineMs = clock.monotonicMs() + waitMs;
      for (;;) {
        const job = get(jobId);
        const leftMs = deadlineMs - clock.monotonicMs();
        if (isFinal(job.state) || leftMs <= 0 || signal.aborted) return job;
        await nextNews(jobId, leftMs, signal);
      }
    },

    nextNews,
    onNewsOf: signals.subscribe,
    onNews: signals.subscribeToAll,

    /** What has happened in the job; follows a job that still runs. */
    journal(jobId: string): JournalReader {
      get(jobId);
      return journals.read(jobId);
    },

    list: (query: ListQuery): ListedJob[] => repository.list(query),

    /** Every job that changed after `since`, in the order of change. */
    changedSince: (since: number, limit: number): JobRow[] => repository.changedSince(since, limit),

    /** A waiting job is canceled at once, a running one as soon as its processes are gone; a finished one stays as it is. */
    cancel(jobId: string, traceId: string): JobRow {
      const found = get(jobId);
      const ended = repository.finishQueued(jobId, canceled(clock.now()));
      if (ended) {
        tellState(ended);
        journals.release(jobId);
      }
      const job = ended ?? (worker.cancel(jobId) ? found : undefined);
      if (!job) return get(jobId);
      audit.record({
        traceId,
        category: "host_exec",
        type: "cancel_backend_exec_job",
        jobId,
        status: job.state,
        errorCode: job.errorCode ?? "",
        error: job.error ?? "",
        denied: false,
        reason: "executor_job_cancel",
      });
      return job;
    },
  };
};

export type JobService = ReturnType<typeof createJobService>;
