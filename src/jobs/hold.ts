import { retryAtOf } from "@/executor/codex/retry-time.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { JobRepository } from "./repository.ts";
import { type Finished, type JobRow, saidIn } from "./state.ts";

export type HoldReason = "quota" | "login";
/** Failures that the next job would repeat. */
const REASONS: Readonly<Record<string, HoldReason>> = {
  model_quota_exhausted: "quota",
  model_auth_failed: "login",
};

interface QueueHoldDeps {
  repository: Pick<JobRepository, "lastRun" | "clearRetry">;
  /** When Codex's login was last written; 0 without one. */
  loginChangedAtMs: () => number;
  /** How long quota is waited for when the model service gives no time. */
  quotaRetryMs: number;
  /** How long a login is waited for at first; doubled with each trial that fails. */
  recheckMs: number;
  clock: Clock;
}

const MAX_LOGIN_WAIT_MS = 24 * 60 * 60 * 1000;
const MAX_MESSAGE_CHARS = 300;
/** A clock that is corrected by less has not been set back. */
const MAX_CORRECTION_MS = 60_000;

/**
 * Holds the queue after a run that found quota or login exhausted. The last run decides, by its stored `retry_at`: from
 * then on the next job is the trial, and its end decides anew. So one job is spent each time, and a restart changes
 * nothing.
 */
export const createQueueHold = ({ repository, loginChangedAtMs, quotaRetryMs, recheckMs, clock }: QueueHoldDeps) => {
  let last: JobRow | undefined = repository.lastRun();
  let notedMs = clock.monotonicMs();

  /** Why queued jobs wait, until when, and what the model service said; undefined when the next job may run. */
  const current = () => {
    const reason = last && reasonOf(last);
    if (!reason || !last?.retryAt || !last.finishedAt) return undefined;
    const { jobId, retryAt, finishedAt: since } = last;
    const nowMs = clock.now().getTime();
    const holdMs = Date.parse(retryAt) - Date.parse(since);
    if (!(clock.monotonicMs() - notedMs < holdMs)) return undefined;
    // A clock before the failure has been set back, so it does not tell whether the wait is over.
    if (nowMs >= Date.parse(retryAt) || nowMs < Date.parse(since) - MAX_CORRECTION_MS) return undefined;
    const changedMs = reason === "login" ? loginChangedAtMs() : 0;
    // `since` is in whole seconds, and a file's date may be wrong.
    if (changedMs > Date.parse(since) + 1000 && changedMs <= nowMs) return undefined;
    return { reason, retryAt, since, jobId, message: saidIn(last).slice(0, MAX_MESSAGE_CHARS).toWellFormed() };
  };

  const loginWaitMs = () => {
    if (!last?.retryAt || !last.finishedAt || reasonOf(last) !== "login") return recheckMs;
    const waitedMs = Date.parse(last.retryAt) - Date.parse(last.finishedAt);
    return Math.max(recheckMs, Math.min(2 * waitedMs, MAX_LOGIN_WAIT_MS));
  };

  return {
    current,
    /** The end of a run, with the time until which it holds back the next one. */
    withRetry(end: Finished): Finished {
      const reason = reasonOf(end);
      if (!reason) return end;
      const now = clock.now();
      const named = reason === "quota" ? retryAtOf(end.error ?? "", now) : undefined;
      const waitMs = reason === "quota" ? quotaRetryMs : loginWaitMs();
      return { ...end, retryAt: toTimestamp(named ?? new Date(now.getTime() + waitMs)) };
    },
    /** Call when the end of a job is stored. */
    noteEnd(job: JobRow): void {
      last = job;
      notedMs = clock.monotonicMs();
    },
    /** Ends the hold (if it is for `only`), and returns what it was. */
    resume(only?: HoldReason) {
      const held = current();
      if (!held || (only && held.reason !== only)) return undefined;
      last = repository.clearRetry(held.jobId);
      return held;
    },
  };
};

export type QueueHold = ReturnType<typeof createQueueHold>;
export type Hold = NonNullable<ReturnType<QueueHold["current"]>>;

const reasonOf = ({ errorCode }: Pick<JobRow, "errorCode">): HoldReason | undefined => REASONS[errorCode ?? ""];
