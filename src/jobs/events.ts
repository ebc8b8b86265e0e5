import { EventEmitter } from "node:events";
import type { Audit, AuditEvent } from "@/audit/audit.ts";
import type { RunEvent } from "@/executor/codex/events.ts";
import { type Clock, delay } from "@/lib/clock.ts";
import type { Journals } from "./journal.ts";
import { errorParams, isFinal, type JobRow } from "./state.ts";

/** Why a job ended, in the predecessor's words where it had one. */
export type EndReason = "executor_worker" | "executor_worker_exception" | "executor_recovery";

interface JobEventsDeps {
  journals: Journals;
  audit: Pick<Audit, "record">;
  clock: Clock;
}

const ANY_JOB = Symbol("any job");

/**
 * Publishes what happens to jobs once it is stored. Events carry no content: subscribers read the job and its journal.
 */
export const createJobEvents = ({ journals, audit, clock }: JobEventsDeps) => {
  const emitter = new EventEmitter().setMaxListeners(0);

  const publish = (jobId: string) => {
    emitter.emit(jobId);
    emitter.emit(ANY_JOB);
  };

  /** To one job, or to all. @returns a function that unsubscribes. */
  const subscribe = (listener: () => void, jobId: string | symbol = ANY_JOB): (() => void) => {
    emitter.on(jobId, listener);
    return () => void emitter.off(jobId, listener);
  };

  const emitState = ({ jobId, state, errorCode, error }: JobRow) => {
    journals.append(jobId, { type: "state", state, error_code: errorCode ?? "", error: error ?? "" });
    if (isFinal(state)) journals.release(jobId);
    publish(jobId);
  };

  /** Records in the audit log what was done to a job, and its state and error since. */
  const record = (job: JobRow, event: Pick<AuditEvent, "traceId" | "type" | "reason"> & Partial<AuditEvent>) =>
    audit.record({
      denied: false,
      params: errorParams(job),
      ...event,
      category: "host_exec",
      jobId: job.jobId,
      status: job.state,
      errorCode: job.errorCode ?? "",
      error: job.error ?? "",
    });

  return {
    publish,
    journal: journals.read,
    record,
    emitState,
    emitRunEvent(jobId: string, event: RunEvent): void {
      journals.append(jobId, event);
      publish(jobId);
    },
    /** The end of a job that the worker has stored. */
    emitEnd(job: JobRow, reason: EndReason): void {
      emitState(job);
      const traceId = reason === "executor_worker_exception" ? "" : job.traceId;
      record(job, { traceId, type: "backend_exec_job", reason, denied: job.state !== "succeeded" });
    },
    subscribe,
    /** Resolves at the job's next event, after `timeoutMs`, or when `signal` aborts. */
    async nextEvent(jobId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
      const event = new AbortController();
      const unsubscribe = subscribe(() => event.abort(), jobId);
      await delay(clock, timeoutMs, AbortSignal.any([signal, event.signal]));
      unsubscribe();
    },
    listenerCount: (): number => emitter.eventNames().reduce((total, event) => total + emitter.listenerCount(event), 0),
  };
};

export type JobEvents = ReturnType<typeof createJobEvents>;
