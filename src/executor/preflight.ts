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
  /** The shortest time between two checks that failures cause. */
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
  let checkedFile = "";
  let isDue = false;
  let isJobRunning = false;
  let isStopped = false;
  let nextFailureCheckMs = 0;
  let cancelScheduled: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let abort = new AbortController();

  const askCodex = async (codex: string, signal: AbortSignal): Promise<Findings> => {
    const env = childEnvironment(environment, passEnv);
    const run = (...args: string[]) =>
      runCommand({ argv: [codex, ...args], env, runAs, timeoutMs: COMMAND_TIMEOUT_MS, signal, subreaper, clock });
    const version = /^codex(?:-cli)? (\S+)$/m.exec((await run("--version")).output)?.[1] ?? null;
    const answer = async (...args: string[]) => {
      // Anything else is not Codex, and would take the further arguments for a task.
      if (version === null) return null;
      const { exitCode } = await run(...args);
      // Exit 2 is a usage error: this version does not know the command.
      return exitCode === null || exitCode === 2 ? null : exitCode === 0;
    };
    const logged_in = await answer("login", "status");
    const sandbox_works = await answer("sandbox", "--", "/bin/true");
    return { version, logged_in, sandbox_works, checked_at: toTimestamp(clock.now()) };
  };

  const check = async (): Promise<void> => {
    if (running !== undefined) return running;
    const codex = programs.findCodex();
    isDue = codex === "" || isJobRunning || isStopped || isMemoryLow();
    if (isDue) return;
    checkedFile = identityOfFile(codex);
    abort = new AbortController();
    const { signal } = abort;
    running = askCodex(codex, signal).then((answers) => {
      running = undefined;
      if (signal.aborted) isDue = true;
      else findings = answers;
    });
    return running;
  };

  const checkSoon = () => {
    cancelScheduled ??= clock.schedule(DELAY_MS, () => {
      cancelScheduled = undefined;
      void check();
    });
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

  return {
    /** Checks soon if Codex's file is new or a check is due; waits for none. */
    refresh(): void {
      noteFileChange();
      if (isDue && !isJobRunning && running === undefined) checkSoon();
    },

    /** Checks now, and waits for it; if that is not possible now, the check stays due. */
    check,

    view: () => ({ ...findings, last_failure: lastFailure }),

    /** Ends a check under way, which is due again. */
    jobStarts(): void {
      isJobRunning = true;
      noteFileChange();
      abort.abort();
    },

    /** @param outcome undefined after a fault of our own. */
    jobEnded(outcome?: RunOutcome | StartFailure): void {
      isJobRunning = false;
      const at = toTimestamp(clock.now());
      if (outcome?.kind === "failed" && outcome.failure === "model_auth_failed") {
        lastFailure = { kind: "auth", at, message: outcome.message };
        noteFailure();
      } else if (outcome && "figures" in outcome && outcome.figures.sandboxFailed) {
        lastFailure = { kind: "sandbox", at, message: "a command's sandbox could not be set up" };
        noteFailure();
      } else if (outcome?.kind === "succeeded") {
        lastFailure = null;
      } else if (outcome?.kind === "not_available" || outcome?.kind === "start_failed") {
        noteFailure();
      }
      if (isDue) checkSoon();
    },

    async stop(): Promise<void> {
      isStopped = true;
      cancelScheduled?.();
      abort.abort();
      await running;
    },
  };
};

export type Preflight = ReturnType<typeof createPreflight>;

/** Differs when another version is installed at the same path; follows links. */
const identityOfFile = (path: string): string => {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${path} ${file?.ino} ${file?.mtimeMs} ${file?.size}`;
};
