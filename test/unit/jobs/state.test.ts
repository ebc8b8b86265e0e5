import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { jobErrorCodes } from "@test/support/job-error-codes.ts";
import { errorText, finished, isFinal, queued, reasonOf, saidIn, started, transitions } from "@/jobs/state.ts";
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
  const old = { ...job, errorDetail: null };
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
