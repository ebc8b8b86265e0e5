import type { Audit } from "@/audit/audit.ts";
import type { RunEvent } from "@/executor/run-event.ts";
import type { Journals } from "./journal.ts";
import type { JobSignals } from "./signals.ts";
import type { Finished, JobRow } from "./state.ts";

/** Why a job ended, in the predecessor's words where it had one. */
export type EndReason = "executor_worker" | "executor_worker_exception" | "executor_recovery";

interface StoryDeps {
  journals: Pick<Journals, "append" | "release">;
  signals: Pick<JobSignals, "notify">;
  audit: Pick<Audit, "record">;
}

/** Tells what becomes of jobs, once it is stored: to the journal, to whoever waits for news, and at the end to the audit. */
export const createStory = ({ journals, signals, audit }: StoryDeps) => {
  const tellEvent = (jobId: string, event: RunEvent) => {
    journals.append(jobId, event);
    signals.notify(jobId);
  };

  const tellState = (jobId: string, { state, errorCode, error }: Pick<JobRow, "state" | "errorCode" | "error">) => {
    journals.append(jobId, { type: "state", state, error_code: errorCode ?? "", error: error ?? "" });
    signals.notify(jobId);
  };

  return {
    tellEvent,
    tellState,
    /** Of a job that waited, at the user's wish; the audit has the wish itself. */
    tellCanceled(job: JobRow) {
      tellState(job.jobId, job);
      journals.release(job.jobId);
    },
    tellEnd({ jobId, traceId }: JobRow, end: Finished, reason: EndReason) {
      tellState(jobId, end);
      journals.release(jobId);
      audit.record({
        traceId: reason === "executor_worker_exception" ? "" : traceId,
        category: "host_exec",
        type: "backend_exec_job",
        jobId,
        status: end.state,
        errorCode: end.errorCode ?? "",
        error: end.error ?? "",
        denied: end.state !== "succeeded",
        reason,
      });
    },
    /** Somebody who waits should look again. */
    nudge: signals.notify,
  };
};

export type Story = ReturnType<typeof createStory>;
