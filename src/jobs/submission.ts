import type { Audit } from "@/audit/audit.ts";
import type { Programs } from "@/executor/programs.ts";
import type { Workdirs } from "@/executor/workdir.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import { codePoints } from "@/lib/text.ts";
import { keysSince } from "./key-lifetime.ts";
import type { JobRepository } from "./repository.ts";
import type { CreateJobBody } from "./schemas.ts";
import { isFinal, type JobRow, type QueuedJob, queued } from "./state.ts";
import type { Story } from "./story.ts";

const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;

export interface SubmissionDeps {
  repository: Pick<JobRepository, "find" | "findKey" | "countQueued" | "enqueue" | "enqueueOnce">;
  story: Pick<Story, "tellState">;
  programs: Pick<Programs, "codexBin" | "findCodex">;
  workdirs: Workdirs;
  memoryGate: MemoryGate;
  /** Whether a job may run without a sandbox. */
  allowDanger: boolean;
  maxTaskChars: number;
  maxQueued: number;
  audit: Pick<Audit, "record">;
  clock: Clock;
  newId: () => string;
}

export interface Caller {
  traceId: string;
  idempotencyKey?: string | undefined;
}

/** Decides whether a request becomes a job. */
export const createSubmission = (deps: SubmissionDeps) => {
  const { repository, story, programs, workdirs, memoryGate, audit, clock, newId } = deps;
  const { allowDanger, maxTaskChars, maxQueued } = deps;

  /** In the predecessor's order, which clients may rely on (contract). */
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

  const toJob = (body: CreateJobBody, traceId: string): QueuedJob => {
    const resumed = body.resume_job_id === undefined ? undefined : jobToResume(body.resume_job_id);
    const cwd = resumed?.cwd ?? workdirs.normalize(body.cwd);
    checkRequest(body, cwd);
    if (repository.countQueued() >= maxQueued) throw new AppError("queue_full", { limit: maxQueued });
    return queued({
      jobId: newId(),
      executor: body.executor,
      task: body.task,
      cwd,
      permissionLevel: body.permission_level,
      allowDanger: body.allow_danger,
      resumeJobId: resumed?.jobId ?? null,
      traceId,
      at: clock.now(),
    });
  };

  /** The job that this very request has made before. */
  const findReplay = (key: string, requestHash: string): JobRow | undefined => {
    if (!KEY_SHAPE.test(key)) throw new AppError("idempotency_key_invalid");
    const known = repository.findKey(key, toTimestamp(keysSince(clock)));
    if (!known) return undefined;
    if (known.requestHash !== requestHash) throw new AppError("idempotency_conflict");
    return repository.find(known.jobId);
  };

  const enqueue = (job: QueuedJob, key: string | undefined, requestHash: string): JobRow => {
    if (key === undefined) return repository.enqueue(job);
    const { jobId, createdAt } = job;
    return repository.enqueueOnce(job, { key, requestHash, jobId, createdAt }, toTimestamp(keysSince(clock)));
  };

  /** A repeated submit is answered before memory or queue are asked: it adds nothing. */
  return (body: CreateJobBody, { traceId, idempotencyKey: key }: Caller): { job: JobRow; isReplay: boolean } => {
    const requestHash = new Bun.CryptoHasher("sha256").update(JSON.stringify(body)).digest("hex");
    const replay = key === undefined ? undefined : findReplay(key, requestHash);
    if (replay) return { job: replay, isReplay: true };

    memoryGate.check("heavy");
    const job = enqueue(toJob(body, traceId), key, requestHash);
    story.tellState(job.jobId, job);
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
    return { job, isReplay: false };
  };
};
