import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { jobErrorCodes } from "@test/support/job-error-codes.ts";
import {
  errorParams,
  errorText,
  finished,
  isCodexFailure,
  isFinal,
  type JobRow,
  queued,
  reasonOf,
  saidIn,
  started,
  toJobView,
  transitions,
} from "@/jobs/state.ts";
import { translate } from "@/locales/translate.ts";

const AT = new Date("2026-03-01T00:00:07.900Z");
const FINISHED_AT = "2026-03-01T00:00:07Z";

const figures = {
  exitCode: 0,
  signal: null,
  durationMs: 12,
  peakMemoryKib: 34,
  cpuMs: 56,
  threadId: "thread",
  usage: { input_tokens: 7 },
  sandboxFailure: "",
};
/** The columns of a run, and of a job that had none. */
const run = {
  exitCode: 0,
  signal: null,
  durationMs: 12,
  peakMemoryKib: 34,
  cpuMs: 56,
  threadId: "thread",
  retryAt: null,
};
const noRun = {
  exitCode: null,
  signal: null,
  durationMs: null,
  peakMemoryKib: null,
  cpuMs: null,
  threadId: null,
  retryAt: null,
};

test("the diagram in ARCHITECTURE.md draws every move a job can make, and no other", () => {
  const text = readFileSync(resolve(import.meta.dir, "../../../ARCHITECTURE.md"), "utf8");
  const drawn = [...text.matchAll(/^ {4}(\w+) --> (\w+): (.+)$/gm)].map(([, from, to, by]) => ({ from, to, by }));
  expect(drawn).toEqual(transitions.map(({ from, to, by }) => ({ from, to, by })));
});

test("what nothing leaves is final", () => {
  const states = ["queued", "running", "succeeded", "failed", "canceled"] as const;
  expect(states.filter(isFinal)).toEqual(["succeeded", "failed", "canceled"]);
});

test("a queued job has only what it was submitted with", () => {
  const job = {
    jobId: "0123456789abcdef",
    executor: "codex",
    task: "x",
    cwd: "/tmp",
    permissionLevel: "L3",
    allowDanger: false,
    traceId: "trace",
    resumeJobId: null,
    notify: null,
  };
  expect(queued({ ...job, at: AT })).toEqual({ ...job, state: "queued", createdAt: FINISHED_AT });
});

test("a start is a state and a time", () => {
  expect(started(AT)).toEqual({ state: "running", startedAt: FINISHED_AT });
});

test("a success has its result and no error", () => {
  expect(finished(AT, { resultText: "done", figures })).toEqual({
    ...run,
    state: "succeeded",
    finishedAt: FINISHED_AT,
    resultText: "done",
    errorCode: "",
    error: "",
    errorDetail: null,
    usage: '{"input_tokens":7}',
  });
});

test("a cancel says so, with figures or without", () => {
  const expected = {
    state: "canceled" as const,
    finishedAt: FINISHED_AT,
    resultText: "",
    errorCode: "canceled_by_user",
    error: "任务已被用户取消。",
    errorDetail: "{}",
  };
  expect(
    finished(AT, { code: "canceled_by_user", figures: { ...figures, exitCode: null, signal: "SIGTERM" } }),
  ).toEqual({
    ...expected,
    ...run,
    exitCode: null,
    signal: "SIGTERM",
    usage: '{"input_tokens":7}',
  });
  expect(finished(AT, { code: "canceled_by_user" })).toEqual({ ...expected, ...noRun, usage: null });
});

test("a failure says why, and keeps what the run said", () => {
  const failure = { code: "executor_nonzero_exit", detail: { exit: 3 } } as const;
  const expected = {
    ...run,
    state: "failed" as const,
    finishedAt: FINISHED_AT,
    error: "codex exit code=3",
    usage: null,
  };
  const withoutUsage = { ...figures, signal: 64, usage: undefined };
  expect(finished(AT, { ...failure, resultText: "out", figures: withoutUsage })).toEqual({
    ...expected,
    signal: "64",
    resultText: "out",
    errorCode: "executor_nonzero_exit",
    errorDetail: '{"exit":3}',
  });
  expect(finished(AT, { code: "interrupted" })).toMatchObject({
    ...noRun,
    resultText: "",
    errorCode: "interrupted",
    usage: null,
  });
});

test("an error is read in either language, and that of an earlier version as it was stored", () => {
  const failure = { code: "model_auth_failed", detail: { exit: 1 }, message: "401：Unauthorized." } as const;
  const { errorCode, error, errorDetail } = finished(AT, failure);
  const job = { errorCode, error, errorDetail };
  expect(error).toBe("codex exit code=1：模型服务拒绝了登录或密钥：401：Unauthorized.");
  expect(errorText(job, translate("en"))).toBe(
    "codex exit code=1: the model service rejected the login or key: 401：Unauthorized.",
  );
  expect(reasonOf(job, translate("en"))).toEqual({
    reason: "The model service rejected the login or key",
    said: "401：Unauthorized.",
  });
  expect(saidIn(job)).toBe("401：Unauthorized.");
  expect(errorParams(job)).toEqual({ error_detail: { exit: 1, message: "401：Unauthorized." } });
  const old = { ...job, errorDetail: null };
  expect(errorParams(old)).toBeUndefined();
  expect(saidIn(old)).toBe(error);
  expect(errorText(old, translate("en"))).toBe(error ?? "");
  expect(reasonOf(old, translate("en"))).toEqual({ reason: error ?? "", said: "" });
  for (const code of jobErrorCodes) {
    const { reason } = reasonOf(
      { ...finished(AT, { code, detail: { exit: 9, seconds: 9, cwd: "/x" } }) },
      translate("en"),
    );
    expect(reason).not.toMatch(/\p{Script=Han}|exit code=/u);
    expect(reason).not.toBe("");
  }
});

test("the reason leaves out Codex's exit code, in either language", () => {
  const end = finished(AT, { code: "model_rate_limited", detail: { exit: 137 } });
  expect(reasonOf(end, translate("en"))).toEqual({ reason: "Rate limited by the model service", said: "" });
  expect(reasonOf(end, translate("zh-CN"))).toEqual({ reason: "模型服务限流", said: "" });
});

test("what was said last follows the sentence, without the stop at its end only", () => {
  const end = finished(AT, { code: "executor_not_available", detail: { bin: "codex.js" }, message: "ENOENT" });
  expect(errorText(end, translate("en"))).toBe("codex.js not found: ENOENT");
  expect(end.error).toBe("未检测到 codex.js：ENOENT");
});

test("a job that has not failed has no error in any form", () => {
  for (const job of [finished(AT, { figures }), { errorCode: null, error: null, errorDetail: null }]) {
    expect(errorText(job, translate("en"))).toBe("");
    expect(reasonOf(job, translate("en"))).toEqual({ reason: "", said: "" });
    expect(saidIn(job)).toBe("");
    expect(errorParams(job)).toBeUndefined();
  }
});

test("failures of Codex and of the model service are told from those of one job or this host", () => {
  expect(jobErrorCodes.filter(isCodexFailure).sort()).toEqual([
    "executor_incomplete",
    "executor_misconfigured",
    "model_access_blocked",
    "model_auth_failed",
    "model_quota_exhausted",
    "model_rate_limited",
    "model_request_rejected",
    "model_unavailable",
    "resume_thread_lost",
  ]);
  expect([null, undefined, ""].filter(isCodexFailure)).toEqual([]);
});

describe("a client sees", () => {
  const waiting: JobRow = {
    jobId: "0123456789abcdef",
    state: "queued",
    executor: "codex",
    task: "say hello",
    cwd: "/tmp",
    permissionLevel: "L3",
    allowDanger: false,
    createdAt: "2026-03-01T00:00:00Z",
    startedAt: null,
    finishedAt: null,
    resultText: null,
    errorCode: null,
    error: null,
    traceId: "trace",
    pid: null,
    pidStart: null,
    cgroupPath: null,
    threadId: null,
    usage: null,
    changeSeq: 1,
    resumeJobId: null,
    waitingReason: null,
    waitingSince: null,
    waitingAvailableMib: null,
    retryAt: null,
    errorDetail: null,
    exitCode: null,
    signal: null,
    durationMs: null,
    peakMemoryKib: null,
    cpuMs: null,
    agedFrom: null,
    notify: null,
  };
  const hold: Parameters<typeof toJobView>[1] = {
    reason: "quota",
    retryAt: "2026-03-01T05:00:00Z",
    since: "2026-03-01T00:00:00Z",
    jobId: "fedcba9876543210",
    message: "You've hit your usage limit.",
  };

  test("of a waiting job what it was submitted with; what is not known yet is null, and texts are empty", () => {
    expect(toJobView(waiting, undefined)).toEqual({
      job_id: "0123456789abcdef",
      state: "queued",
      executor: "codex",
      task: "say hello",
      cwd: "/tmp",
      permission_level: "L3",
      allow_danger: false,
      created_at: "2026-03-01T00:00:00Z",
      started_at: null,
      finished_at: null,
      result_text: "",
      error_code: "",
      error: "",
      trace_id: "trace",
      thread_id: null,
      usage: null,
      resume_job_id: null,
      waiting_reason: null,
      waiting_available_mib: null,
      retry_at: null,
      exit_code: null,
      signal: null,
      duration_ms: null,
      peak_memory_mib: null,
      cpu_ms: null,
      notify: null,
    });
  });

  test("of a job that ran its result and figures, memory in whole MiB, rounded up", () => {
    const end = finished(AT, {
      code: "executor_nonzero_exit",
      detail: { exit: 3 },
      resultText: "out",
      figures: { ...figures, exitCode: 3, peakMemoryKib: 2049 },
    });
    expect(toJobView({ ...waiting, ...started(AT), ...end }, undefined)).toMatchObject({
      state: "failed",
      started_at: FINISHED_AT,
      finished_at: FINISHED_AT,
      result_text: "out",
      error_code: "executor_nonzero_exit",
      error: "codex exit code=3",
      thread_id: "thread",
      usage: { input_tokens: 7 },
      exit_code: 3,
      duration_ms: 12,
      peak_memory_mib: 3,
      cpu_ms: 56,
    });
  });

  test("why a job waits: what holds the queue comes before its own wait for memory", () => {
    const forMemory = { ...waiting, waitingReason: "memory", waitingAvailableMib: 300 };
    expect(toJobView(forMemory, undefined)).toMatchObject({ waiting_reason: "memory", retry_at: null });
    expect(toJobView(forMemory, hold)).toMatchObject({ waiting_reason: "quota", retry_at: hold.retryAt });
  });

  test("that a job of the predecessor waits for nothing else, as it is never run", () => {
    const old = { ...waiting, changeSeq: null };
    expect(toJobView(old, hold)).toMatchObject({ waiting_reason: "predecessor", retry_at: null });
  });

  test("of a job that has started its own time to try again, whatever holds the queue", () => {
    const exhausted = { ...waiting, ...started(AT), ...finished(AT, { code: "model_quota_exhausted" }) };
    const ownRetry = { ...exhausted, retryAt: "2026-03-01T01:00:00Z" };
    expect(toJobView(ownRetry, hold)).toMatchObject({ waiting_reason: null, retry_at: "2026-03-01T01:00:00Z" });
    expect(toJobView(exhausted, hold)).toMatchObject({ waiting_reason: null, retry_at: null });
  });

  test("who is notified: nobody, the configured chat, or the one that the caller named", () => {
    const notifyOf = (notify: string | null) => toJobView({ ...waiting, notify }, undefined).notify;
    expect([null, "", "webchat:a"].map(notifyOf)).toEqual([null, true, { umo: "webchat:a" }]);
  });
});
