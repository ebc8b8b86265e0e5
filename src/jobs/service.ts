import type { Audit } from "@/audit/audit.ts";
import type { Clock } from "@/clock.ts";
import { AppError } from "@/errors.ts";
import type { Programs } from "@/executor/programs.ts";
import type { Workdirs } from "@/executor/workdir.ts";
import { codePoints } from "@/text.ts";
import type { JobRepository } from "./repository.ts";
import type { CreateJobBody } from "./schemas.ts";
import { canceled, type JobRow, queued } from "./state.ts";
import type { Worker } from "./worker.ts";

interface JobServiceDeps {
  repository: JobRepository;
  worker: Pick<Worker, "wake" | "cancel">;
  programs: Pick<Programs, "codexBin" | "findCodex">;
  workdirs: Workdirs;
  maxTaskChars: number;
  audit: Audit;
  clock: Clock;
  newId: () => string;
}

export const createJobService = (deps: JobServiceDeps) => {
  const { repository, worker, programs, workdirs, maxTaskChars, audit, clock, newId } = deps;

  const get = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("job_not_found");
    return job;
  };

  /** In the predecessor's order, which clients may rely on (contract A5). */
  const checkRequest = (body: CreateJobBody, cwd: string): void => {
    if (!["L3", "L4"].includes(body.permission_level)) throw new AppError("permission_too_low");
    if (body.allow_danger && body.permission_level !== "L4") throw new AppError("danger_needs_l4");
    if (body.executor !== "codex") throw new AppError("executor_unsupported", { executor: body.executor });
    if (programs.findCodex() === "") throw new AppError("executor_not_available", { bin: programs.codexBin });
    if (body.task === "") throw new AppError("missing_task");
    if (codePoints(body.task) > maxTaskChars) throw new AppError("task_too_large", { limit: maxTaskChars });
    const workdir = workdirs.check(cwd);
    if (workdir.kind === "missing") throw new AppError("invalid_cwd", { cwd });
    if (workdir.kind === "outside") throw new AppError("workdir_not_allowed", { cwd });
  };

  return {
    submit(body: CreateJobBody, traceId: string): JobRow {
      const cwd = workdirs.normalize(body.cwd);
      checkRequest(body, cwd);
      const job = repository.enqueue(
        queued({
          jobId: newId(),
          executor: body.executor,
          task: body.task,
          cwd,
          permissionLevel: body.permission_level,
          allowDanger: body.allow_danger,
          traceId,
          at: clock.now(),
        }),
      );
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
      return job;
    },

    get,

    /** A waiting job is canceled at once, a running one as soon as its processes are gone; a finished one stays as it is. */
    cancel(jobId: string, traceId: string): JobRow {
      const found = get(jobId);
      const job = repository.cancelQueued(jobId, canceled(clock.now())) ?? (worker.cancel(jobId) ? found : undefined);
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
