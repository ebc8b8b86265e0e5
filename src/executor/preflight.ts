import { statSync } from "node:fs";
import { toTimestamp } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { childEnvironment } from "./environment.ts";
import type { ProcessOptions } from "./process.ts";
import { type Programs, runCommand } from "./programs.ts";
import type { RunOutcome, StartFailure } from "./run.ts";
import type { CodexView } from "./view.ts";

const COMMAND_TIMEOUT_MS = 10_000;
/** After the start and after a job: the first requests and the next job go first. */
const DELAY_MS = 1000;

type Findings = Pick<CodexView, "version" | "logged_in" | "sandbox_works" | "checked_at">;

interface PreflightOptions extends Pick<ProcessOptions, "runAs" | "subreaper" | "clock"> {
  programs: Pick<Programs, "findCodex">;
  environment: Environment;
  passEnv: readonly string[];
  /** How long jobs are refused after a login failure, and the shortest time between two checks that failures cause. */
  recheckMs: number;
  /** Whether there is too little memory to start Codex. */
  isMemoryLow: () => boolean;
}

/**
 * Whether Codex can be used, by its own answers (`--version`, `login status`, `sandbox`) and by its last runs. A check
 * starts a program of up to 90 MB three times, so there is one only after the start, when Codex's file has changed,
 * after a failure, and on request; never beside a job or while memory is low: it is then due until that has changed.
 */
export const createPreflight = (options: PreflightOptions) => {
  const { programs, environment, passEnv, runAs, recheckMs, isMemoryLow, subreaper, clock } = options;
  let findings: Findings = { version: null, logged_in: null, sandbox_works: null, checked_at: null };
  let lastFailure: CodexView["last_failure"] = null;
  let refusedUntilMs = 0;
  let checkedFile = "";
  let isDue = false;
  let isJobRunning = false;
  let isStopped = false;
  let nextFailureCheckMs = 0;
  let scheduled: (() => void) | undefined;
  let current: { done: Promise<void>; abort: () => void } | undefined;

  const ask = async (codex: string, signal: AbortSignal): Promise<Findings> => {
    const env = childEnvironment(environment, passEnv);
    const run = (...args: string[]) =>
      runCommand({ argv: [codex, ...args], env, runAs, timeoutMs: COMMAND_TIMEOUT_MS, signal, subreaper, clock });
    const version = /^codex(?:-cli)? (\S+)$/m.exec((await run("--version")).output)?.[1] ?? null;
    // Anything else is not Codex, and would take the further arguments for a task.
    const isCodex = version !== null;
    return {
      version,
      logged_in: isCodex ? yesOrNo((await run("login", "status")).exitCode) : null,
      sandbox_works: isCodex ? yesOrNo((await run("sandbox", "--", "/bin/true")).exitCode) : null,
      checked_at: toTimestamp(clock.now()),
    };
  };

  const check = (): Promise<void> => {
    if (current) return current.done;
    isDue = true;
    const codex = programs.findCodex();
    if (codex === "" || isJobRunning || isStopped || isMemoryLow()) return Promise.resolve();
    isDue = false;
    checkedFile = identityOfFile(codex);
    const abort = new AbortController();
    const done = ask(codex, abort.signal).then((answers) => {
      current = undefined;
      if (abort.signal.aborted) isDue = true;
      else findings = answers;
    });
    current = { done, abort: () => abort.abort() };
    return done;
  };

  const checkSoon = () => {
    scheduled ??= clock.schedule(DELAY_MS, () => {
      scheduled = undefined;
      void check();
    });
  };

  const cancelScheduled = () => {
    scheduled?.();
    scheduled = undefined;
  };

  const noteFileChange = () => {
    const codex = programs.findCodex();
    if (codex !== "" && identityOfFile(codex) !== checkedFile) isDue = true;
  };

  const noteFailure = () => {
    if (clock.monotonicMs() < nextFailureCheckMs) return;
    nextFailureCheckMs = clock.monotonicMs() + recheckMs;
    isDue = true;
  };

  const learn = (outcome: RunOutcome) => {
    const at = toTimestamp(clock.now());
    if (outcome.kind === "model_failed" && outcome.failure === "model_auth_failed") {
      lastFailure = { kind: "auth", at, message: outcome.message };
      refusedUntilMs = clock.monotonicMs() + recheckMs;
      noteFailure();
    } else if (outcome.figures.sandboxFailed) {
      lastFailure = { kind: "sandbox", at, message: "a command's sandbox could not be set up" };
      noteFailure();
    } else if (outcome.kind === "succeeded") {
      lastFailure = null;
      refusedUntilMs = 0;
    }
  };

  return {
    /** Checks soon if Codex's file is new or a check is due; waits for none. */
    refresh(): void {
      noteFileChange();
      if (isDue && !isJobRunning && current === undefined) checkSoon();
    },

    /** Checks now, and waits for it; if that is not possible now, the check stays due. */
    check,

    view: () => ({ ...findings, last_failure: lastFailure }),

    /** Ends a check under way, which is due again. */
    jobStarts(): void {
      isJobRunning = true;
      noteFileChange();
      cancelScheduled();
      current?.abort();
    },

    /** @param outcome undefined after a fault of our own. */
    jobEnded(outcome?: RunOutcome | StartFailure): void {
      isJobRunning = false;
      if (outcome !== undefined && "figures" in outcome) learn(outcome);
      if (outcome?.kind === "not_available" || outcome?.kind === "start_failed") noteFailure();
      if (isDue) checkSoon();
    },

    /** Why a job need not be tried now; undefined when it should be. */
    refusal(): { at: string; seconds: number } | undefined {
      const isRefused = lastFailure?.kind === "auth" && clock.monotonicMs() < refusedUntilMs;
      return isRefused && lastFailure ? { at: lastFailure.at, seconds: recheckMs / 1000 } : undefined;
    },

    async stop(): Promise<void> {
      isStopped = true;
      cancelScheduled();
      current?.abort();
      await current?.done;
    },
  };
};

export type Preflight = ReturnType<typeof createPreflight>;

/** Exit 2 is a usage error: this version does not know the command. */
const yesOrNo = (exitCode: number | null): boolean | null =>
  exitCode === null || exitCode === 2 ? null : exitCode === 0;

/** Differs when another version is installed at the same path; follows links. */
const identityOfFile = (path: string): string => {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${path} ${file?.ino} ${file?.mtimeMs} ${file?.size}`;
};
