import type { Audit } from "@/audit/audit.ts";
import type { Config } from "@/config.ts";
import type { Programs } from "@/executor/programs.ts";
import type { Workdirs } from "@/executor/workdir.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import { readBounded } from "@/lib/bounded.ts";
import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import { newJobId } from "@/lib/identity.ts";
import type { RetryWhileLocked } from "@/lib/retry.ts";
import { codePoints } from "@/lib/text.ts";
import type { Turns } from "@/lib/turns.ts";
import type { JobEvents } from "./events.ts";
import type { HoldReason, QueueHold } from "./hold.ts";
import type { JournalReader } from "./journal.ts";
import type { JobRepository, ListQuery } from "./repository.ts";
import type { CreateJobBody } from "./schemas.ts";
import { finished, isFinal, type JobRow, type QueuedJob, queued, toJobView } from "./state.ts";
import type { JobView } from "./view.ts";
import type { Worker } from "./worker.ts";

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Of the texts in one list of jobs. */
const MAX_LISTED_CHARS = 1024 * 1024;
/** Even with the longest tasks, searching so many takes milliseconds. */
const READ_AT_ONCE = 16;
const charsOf = ({ task, resultText, error }: JobRow) => task.length + (resultText?.length ?? 0) + (error?.length ?? 0);

interface JobServiceDeps extends Pick<Config["executor"], "allowDanger" | "maxTaskChars" | "maxQueued"> {
  repository: JobRepository;
  worker: Pick<Worker, "wake" | "cancel">;
  hold: Pick<QueueHold, "current" | "resume">;
  events: JobEvents;
  programs: Pick<Programs, "codexBin" | "findCodex">;
  workdirs: Workdirs;
  memoryGate: Pick<MemoryGate, "check">;
  audit: Pick<Audit, "record">;
  runningTime: { now(): Date };
  /** Hides our secrets. */
  mask: (text: string) => string;
  retryWhileLocked: RetryWhileLocked;
  clock: Clock;
}

export const createJobService = (deps: JobServiceDeps) => {
  const { repository, worker, hold, events, programs, workdirs, memoryGate, audit } = deps;
  const { runningTime, retryWhileLocked, clock } = deps;

  const get = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("job_not_found");
    return job;
  };

  /** In the predecessor's order, which clients may rely on (contract). */
  const checkRequest = (body: CreateJobBody, cwd: string): void => {
    if (!["L3", "L4"].includes(body.permission_level)) throw new AppError("permission_too_low");
    if (body.allow_danger && body.permission_level !== "L4") throw new AppError("danger_needs_l4");
    if (body.allow_danger && !deps.allowDanger) throw new AppError("danger_off");
    if (body.executor !== "codex") throw new AppError("executor_unsupported", { executor: body.executor });
    if (programs.findCodex() === "") throw new AppError("executor_not_available", { bin: programs.codexBin });
    if (body.task === "") throw new AppError("missing_task");
    if (codePoints(body.task) > deps.maxTaskChars) throw new AppError("task_too_large", { limit: deps.maxTaskChars });
    const refusal = workdirs.refusalOf(cwd);
    if (refusal) throw new AppError(refusal, { cwd });
  };

  /** The finished job whose Codex thread is to be continued. */
  const jobToResume = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("resume_job_not_found", { job: jobId });
    if (!isFinal(job.state)) throw new AppError("resume_job_unfinished", { job: jobId });
    if (!job.threadId) throw new AppError("resume_thread_missing", { job: jobId });
    return job;
  };

  const toJob = (body: CreateJobBody, traceId: string): QueuedJob => {
    const resumed = body.resume_job_id === undefined ? undefined : jobToResume(body.resume_job_id);
    const cwd = resumed?.cwd ?? workdirs.normalize(body.cwd);
    checkRequest(body, cwd);
    if (repository.countQueued() >= deps.maxQueued) throw new AppError("queue_full", { limit: deps.maxQueued });
    return queued({
      jobId: newJobId(),
      executor: body.executor,
      task: body.task,
      cwd,
      permissionLevel: body.permission_level,
      allowDanger: body.allow_danger,
      resumeJobId: resumed?.jobId ?? null,
      notify: body.notify === true ? "" : (body.notify?.umo ?? null),
      traceId,
      at: clock.now(),
    });
  };

  /** The job that an earlier request with this key has made. */
  const findReplay = (key: string, requestHash: string): JobRow | undefined => {
    if (!IDEMPOTENCY_KEY.test(key) || deps.mask(key) !== key) throw new AppError("idempotency_key_invalid");
    const used = repository.findKey(key, runningTime.now());
    const job = used && repository.find(used.jobId);
    if (job && used.requestHash !== requestHash) throw new AppError("idempotency_conflict");
    return job;
  };

  /** A repeated submit adds nothing, so it is answered before memory and queue are checked. */
  const submit = (
    body: CreateJobBody,
    { traceId, idempotencyKey }: { traceId: string; idempotencyKey?: string | undefined },
  ): { job: JobRow; isReplay: boolean } => {
    const requestHash = new Bun.CryptoHasher("sha256").update(JSON.stringify(body)).digest("hex");
    const key = idempotencyKey === undefined ? undefined : { key: idempotencyKey, requestHash };
    const replay = key && findReplay(key.key, requestHash);
    if (replay) return { job: replay, isReplay: true };

    memoryGate.check("heavy");
    const job = repository.enqueue(toJob(body, traceId), key);
    events.emitState(job);
    const { executor, cwd, permissionLevel: permission_level, allowDanger: allow_danger } = job;
    const params = { executor, cwd, permission_level, allow_danger };
    events.record(job, { traceId, type: "backend_exec_job", reason: "executor_job_submitted", params });
    worker.wake();
    return { job, isReplay: false };
  };

  /** Cancels a queued job at once, a running one as soon as its processes are gone; a finished one stays as it is. */
  const cancel = (jobId: string, traceId: string): JobRow => {
    const found = get(jobId);
    if (isFinal(found.state)) return found;
    // A running job is stopped without a write, which a locked database would refuse.
    const isStopping = worker.cancel(jobId);
    const ended = isStopping
      ? undefined
      : repository.finishQueued(jobId, finished(clock.now(), { code: "canceled_by_user" }));
    if (ended) events.emitState(ended);
    const job = isStopping ? found : ended;
    if (!job) return get(jobId);
    events.record(job, { traceId, type: "cancel_backend_exec_job", reason: "executor_job_cancel" });
    return job;
  };

  /**
   * Ends the wait for quota or login, so that the next job is tried now.
   * @param only the reason for which to do so.
   * @returns whether jobs were held.
   */
  const resume = (traceId: string, only?: HoldReason): boolean => {
    memoryGate.check("write");
    const held = hold.resume(only);
    if (!held) return false;
    const { jobId, reason: waiting_reason, retryAt: retry_at } = held;
    audit.record({
      traceId,
      category: "host_exec",
      type: "resume_backend_exec_jobs",
      jobId,
      status: "ok",
      denied: false,
      reason: "executor_jobs_resumed",
      params: { waiting_reason, retry_at },
    });
    events.publish(jobId);
    worker.wake();
    return true;
  };

  return {
    submit: (...request: Parameters<typeof submit>) => retryWhileLocked(() => submit(...request)),
    cancel: (...request: Parameters<typeof cancel>) => retryWhileLocked(() => cancel(...request)),
    resume: (...request: Parameters<typeof resume>) => retryWhileLocked(() => resume(...request)),
    get,
    view: (job: JobRow): JobView => toJobView(job, hold.current()),
    /** The hold is looked up once: it reads the time of Codex's login file. */
    views(jobs: readonly JobRow[]): JobView[] {
      const held = hold.current();
      return jobs.map((job) => toJobView(job, held));
    },

    /** Resolves with the job once it has ended, after `waitMs`, or when `signal` aborts. */
    async waitForEnd(jobId: string, waitMs: number, signal: AbortSignal): Promise<JobRow> {
      const deadlineMs = clock.monotonicMs() + waitMs;
      for (;;) {
        const job = get(jobId);
        const leftMs = deadlineMs - clock.monotonicMs();
        if (isFinal(job.state) || leftMs <= 0 || signal.aborted) return job;
        await events.nextEvent(jobId, leftMs, signal);
      }
    },

    nextEvent: events.nextEvent,
    subscribe: events.subscribe,

    /** What has happened in the job; follows a job that is running. */
    journal(jobId: string): JournalReader {
      get(jobId);
      return events.journal(jobId);
    },

    /**
     * Newest first, those whose task or id holds `text`, and the position before which the next page begins; fewer than
     * requested if their texts are long.
     */
    async list({ text = "", ...query }: ListQuery & { text?: string }, turns: Turns) {
      const sought = text.toLowerCase();
      const jobs: JobRow[] = [];
      let chars = 0;
      for (let before = query.before; ; ) {
        await turns();
        const part = repository.list({ ...query, before, limit: READ_AT_ONCE });
        for (const { job, position } of part) {
          if (text === "" || `${job.jobId} ${job.task}`.toLowerCase().includes(sought)) {
            chars += charsOf(job);
            const isFull = jobs.length === query.limit || (chars > MAX_LISTED_CHARS && jobs.length > 0);
            if (isFull) return { jobs, next: before };
            jobs.push(job);
          }
          before = position;
        }
        if (part.length < READ_AT_ONCE) return { jobs, next: undefined };
      }
    },
    running: repository.listRunning,
    countByState: repository.countByState,
    /** Of a queued job among those that wait; 1 is the next. */
    positionOf: (jobId: string): number => repository.listQueued().findIndex((queued) => queued.jobId === jobId) + 1,
    /** Every job that changed after `since`, in the order of change; fewer if their texts are long. */
    changedSince(since: number, limit: number) {
      const reset = since > repository.newestChange();
      const from = reset ? 0 : since;
      const { rows: jobs } = readBounded({ limit, maxChars: MAX_LISTED_CHARS, charsOf }, (last, limit) =>
        repository.changedSince(last?.changeSeq ?? from, limit),
      );
      return { jobs, reset, nextSince: jobs.at(-1)?.changeSeq ?? from };
    },
  };
};

export type JobService = ReturnType<typeof createJobService>;
