import { afterEach, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@test/support/test-clock.ts";
import { noOrphans } from "@/executor/orphans.ts";
import { createPreflight } from "@/executor/preflight.ts";
import type { RunOutcome } from "@/executor/run.ts";
import { systemClock } from "@/lib/clock.ts";
import { codexReason } from "@/status/problem-text.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A program that answers as Codex does, and counts how often it was asked. */
const createCodex = (answers: { version?: string; login?: number; sandbox?: number }) => {
  const folder = mkdtempSync(join(tmpdir(), "preflight-"));
  folders.push(folder);
  const path = join(folder, "codex");
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  writeFileSync(
    path,
    `#!/bin/sh
echo "$*" >> ${calls}
case "$1" in
  --version) echo "${answers.version ?? "codex-cli 0.169.0"}" ;;
  login) exit ${answers.login ?? 0} ;;
  sandbox) exit ${answers.sandbox ?? 0} ;;
esac
`,
  );
  chmodSync(path, 0o755);
  return { path, calls: () => readFileSync(calls, "utf8").trim().split("\n").filter(Boolean) };
};

const setUp = (path: string, clock = systemClock) =>
  createPreflight({
    programs: { findCodex: () => path },
    environment: { PATH: process.env.PATH },
    passEnv: [],
    runAs: undefined,
    recheckMs: 60_000,
    orphans: noOrphans,
    clock,
  });

const figures = {
  threadId: undefined,
  usage: undefined,
  sandboxFailed: false,
  exitCode: 0,
  signal: null,
  durationMs: 1,
  peakMemoryKib: 0,
  cpuMs: 0,
};
const authFailure: RunOutcome = {
  kind: "model_failed",
  failure: "model_auth_failed",
  message: "status 401",
  exit: 1,
  resultText: "",
  figures,
};

test("knows version, login and sandbox by Codex's own word, and asks once", async () => {
  const codex = createCodex({ login: 1 });
  const preflight = setUp(codex.path);
  expect(preflight.view()).toMatchObject({ version: null, checked_at: null });

  for (let n = 0; n < 10; n++) preflight.refresh();
  await preflight.stop();

  expect(preflight.view()).toMatchObject({ version: "0.169.0", logged_in: false, sandbox_works: true });
  expect(codex.calls()).toEqual(["--version", "login status", "sandbox -- /bin/true"]);
  expect(codexReason(preflight.view(), "en")).toContain("run codex login");
  preflight.refresh();
  await preflight.stop();
  expect(codex.calls()).toHaveLength(3);
});

test("asks again when another version stands at the path", async () => {
  const codex = createCodex({ version: "codex-cli 0.1.0" });
  const preflight = setUp(codex.path);
  preflight.refresh();
  await preflight.stop();
  writeFileSync(codex.path, readFileSync(codex.path, "utf8").replace("0.1.0", "0.200.0"));
  preflight.refresh();
  await preflight.stop();
  expect(preflight.view().version).toBe("0.200.0");
});

test("asks nothing further of a program that is not Codex", async () => {
  const codex = createCodex({ version: "something else 1.0" });
  const preflight = setUp(codex.path);
  preflight.refresh();
  await preflight.stop();
  expect(codex.calls()).toEqual(["--version"]);
  expect(preflight.view()).toMatchObject({ version: null, logged_in: null, sandbox_works: null });
});

test("a usage error is no answer", async () => {
  const preflight = setUp(createCodex({ sandbox: 2 }).path);
  preflight.refresh();
  await preflight.stop();
  expect(preflight.view().sandbox_works).toBeNull();
});

test("refuses jobs for a while after the model refused the credentials, and not after a success", async () => {
  const clock = createTestClock();
  const preflight = setUp("/nonexistent", clock);
  preflight.learn(authFailure);
  expect(preflight.refusal()).toEqual({ at: "2026-03-01T00:00:00Z", seconds: 60 });
  expect(preflight.view().last_failure).toMatchObject({ kind: "auth", message: "status 401" });
  await clock.advance(60_000);
  expect(preflight.refusal()).toBeUndefined();
  expect(preflight.view().last_failure).not.toBeNull();

  preflight.learn(authFailure);
  preflight.learn({ kind: "succeeded", resultText: "x", figures });
  expect(preflight.refusal()).toBeUndefined();
  expect(preflight.view().last_failure).toBeNull();
});

test("a sandbox that failed is told even though the run succeeded, and refuses nothing", () => {
  const preflight = setUp("/nonexistent");
  preflight.learn({ kind: "succeeded", resultText: "x", figures: { ...figures, sandboxFailed: true } });
  expect(preflight.view().last_failure).toMatchObject({ kind: "sandbox" });
  expect(codexReason(preflight.view(), "zh-CN")).toContain("沙箱");
  expect(preflight.refusal()).toBeUndefined();
});
