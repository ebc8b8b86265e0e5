import { AppError } from "@/lib/errors.ts";
import type { Journals } from "./journal.ts";
import type { JournalReader } from "./journal-reader.ts";
import type { JobRepository, ListedJob, ListQuery } from "./repository.ts";
import type { CreateJobBody } from "./schemas.ts";
import type { JobSignals } from "./signals.ts";
import { canceled, isFinal, type JobRow } from "./state.ts";
import { createStory } from "./story.ts";
import { type Caller, createSubmission, type SubmissionDeps } from "./submission.ts";
import type { Worker } from "./worker.ts";

interface JobServiceDeps extends Omit<SubmissionDeps, "repository" | "story"> {
  repository: JobRepository;
  worker: Pick<Worker, "wake" | "cancel">;
  journals: Journals;
  signals: JobSignals;
}

export const createJobService = (deps: JobServiceDeps) => {
  const { repository, worker, journals, signals, audit, clock } = deps;
  const story = createStory(deps);
  const submit = createSubmission({ ...deps, story });

  const get = (jobId: string): JobRow => {
    const job = repository.find(jobId);
    if (!job) throw new AppError("job_not_found");
    return job;
  };

  return {
    submit(body: CreateJobBody, caller: Caller): { job: JobRow; isReplay: boolean } {
      const submitted = submit(body, caller);
      if (!submitted.isReplay) worker.wake();
      return submitted;
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
        await signals.nextNews(jobId, leftMs, signal);
      }
    },

    nextNews: signals.nextNews,
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
      if (ended) story.tellCanceled(ended);
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
