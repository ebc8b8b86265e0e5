import { join } from "node:path";
import { toTimestamp } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import { childEnvironment, codexHomeOf, loginFileOf } from "../environment.ts";
import type { ProcessOptions } from "../process.ts";
import { type Programs, runCommand } from "../programs.ts";
import type { Redactor } from "../redact.ts";
import type { RunOutcome, StartFailure } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";
import type { CodexFault, CodexView } from "../view.ts";
import { homeFault, loginFault, programFault, readSandboxHost, sandboxFault } from "./faults.ts";

const COMMAND_TIMEOUT_MS = 10_000;
/** After the start and after a job: the first requests and the next job go first. */
const DELAY_MS = 1000;

type Findings = Pick<CodexView, "version" | "logged_in" | "sandbox_works" | "checked_at" | "faults">;

interface PreflightOptions extends Pick<ProcessOptions, "runAs" | "subreaper" | "clock"> {
  programs: Pick<Programs, "findCodex" | "findBlockedCodex">;
  sandbox: Pick<Sandbox, "probe">;
  environment: Environment;
  passEnv: readonly string[];
  /** The shortest time between two checks that failures cause. */
  recheckMs: number;
  /** Whether there is too little memory to start Codex. */
  isMemoryLow: () => boolean;
  redact: Redactor;
  /** Where /proc lies, for tests. */
  hostRoot?: string;
}

/**
 * Whether Codex can be used, by its own answers (`--version`, `login status`, `sandbox`) and by its last runs. A check
 * starts a program of up to 90 MB three times, so there is one only after the start, when Codex's file has changed,
 * after a failure, and on request; never beside a job or while memory is low: it is then due until that has changed.
 * While something is wrong, a change of Codex's configuration or login counts as one of its file.
 */
export const createPreflight = (options: PreflightOptions) => {
  const { programs, sandbox, passEnv, runAs, recheckMs, isMemoryLow, redact, hostRoot = "/" } = options;
  const { subreaper, clock } = options;
  const host = { runAs, subreaper, clock };
  const environment = childEnvironment(options.environment, passEnv);
  const home = codexHomeOf(environment);
  let findings: Findings = { version: null, logged_in: null, sandbox_works: null, checked_at: null, faults: [] };
  let lastFailure: CodexView["last_failure"] = null;
  let checkedFile = "";
  let checkedSettings = "";
  let isDue = false;
  let isRequested = false;
  /** auth.json as the model service refused it. */
  let refusedLogin = "";
  let isJobRunning = false;
  let isStopped = false;
  let nextFailureCheckMs = 0;
  let cancelScheduled: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let abort = new AbortController();

  const inspect = async (codex: string, signal: AbortSignal): Promise<Findings> => {
    const run = async (args: readonly string[], cwd?: string) => {
      const command = { argv: [codex, ...args] as const, env: environment, ...(cwd && { cwd }), ...host };
      const { exitCode, output } = await runCommand({ ...command, timeoutMs: COMMAND_TIMEOUT_MS, signal });
      return { exitCode, output: redact(output) };
    };
    const found = (answers: Partial<Findings>, ...faults: (CodexFault | undefined)[]): Findings => ({
      ...{ version: null, logged_in: null, sandbox_works: null, ...answers },
      checked_at: toTimestamp(clock.now()),
      faults: faults.filter((fault) => fault !== undefined),
    });
    const versionRun = await run(["--version"]);
    const version = /^codex(?:-cli)? (\S+)$/m.exec(versionRun.output)?.[1] ?? null;
    // Another program would take the further arguments for a task.
    if (version === null) return versionRun.exitCode === 0 ? found({}) : found({}, programFault(versionRun.output));
    const unusableHome = homeFault(versionRun.output, home, runAs);
    if (unusableHome) return found({ version }, unusableHome);

    const login = await run(["login", "status"]);
    const notLoggedIn = isRefusal(login) ? loginFault(login.output, home) : undefined;
    const logged_in = login.exitCode === 0 || (notLoggedIn?.kind === "not_logged_in" ? false : null);
    if (notLoggedIn?.kind === "config") return found({ version, logged_in }, notLoggedIn);

    const probe = sandbox.probe();
    const tried = await run(["sandbox", ...probe.arguments], probe.cwd);
    // Exit 2 is a usage error: versions without profiles expect other arguments.
    if (tried.exitCode === probe.unprotected || tried.exitCode === 2) {
      const unprotected = { kind: "sandbox_unprotected", message: version, subject: "" } as const;
      return found({ version, logged_in }, unprotected, notLoggedIn);
    }
    if (!isRefusal(tried)) {
      return found({ version, logged_in, sandbox_works: tried.exitCode === 0 || null }, notLoggedIn);
    }
    const unsandboxed = sandboxFault(tried.output, readSandboxHost(hostRoot, runAs === undefined));
    return found({ version, logged_in, sandbox_works: false }, unsandboxed, notLoggedIn);
  };

  const check = async (isForJob = false): Promise<void> => {
    if (running !== undefined) return running;
    const codex = programs.findCodex();
    isDue = codex === "" || isJobRunning || isStopped || (isMemoryLow() && !isForJob);
    if (isDue) return;
    checkedFile = identityOfFile(codex);
    checkedSettings = settings();
    abort = new AbortController();
    const { signal } = abort;
    running = inspect(codex, signal).then((answers) => {
      running = undefined;
      if (signal.aborted) {
        isDue = true;
        return;
      }
      findings = answers;
      // `login status` passes with a refused login, so a check that a failure caused does not clear the refusal.
      if (isRequested && answers.logged_in) clearRefusal();
      isRequested = false;
    });
    return running;
  };

  const checkSoon = () => {
    cancelScheduled ??= clock.schedule(DELAY_MS, () => {
      cancelScheduled = undefined;
      void check();
    });
  };

  const settings = () => ["config.toml", "auth.json"].map((name) => identityOfFile(join(home, name))).join();
  const clearRefusal = () => {
    if (lastFailure?.kind === "auth") lastFailure = null;
  };

  const noteFileChange = () => {
    const codex = programs.findCodex();
    if (codex !== "" && identityOfFile(codex) !== checkedFile) isDue = true;
    if ((findings.faults.length > 0 || lastFailure) && settings() !== checkedSettings) isDue = true;
    if (lastFailure?.kind === "auth" && identityOfFile(loginFileOf(environment)) !== refusedLogin) clearRefusal();
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

    /** A check by hand: runs now, or stays due if that is not possible. */
    check(): Promise<void> {
      isRequested = true;
      return check();
    },

    view() {
      noteFileChange();
      const path = programs.findCodex() === "" ? programs.findBlockedCodex() : "";
      const blocked: CodexFault[] = [{ kind: "not_executable", message: "", subject: path }];
      // `login status` passes with a login that is used up or revoked.
      const logged_in = lastFailure?.kind === "auth" ? false : findings.logged_in;
      return { ...findings, logged_in, faults: path === "" ? findings.faults : blocked, last_failure: lastFailure };
    },

    /** Whether this Codex protects our files from a job that is about to start; checks one that is new. */
    async protects(): Promise<boolean> {
      const codex = programs.findCodex();
      const isUnknown = () => findings.checked_at === null || hasUnanswered(findings);
      if (isUnknown() || checkedFile !== identityOfFile(codex)) await check(true);
      return !isUnknown() && !findings.faults.some(({ kind }) => kind === "sandbox_unprotected");
    },

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
      if (outcome?.kind === "failed" && outcome.code === "model_auth_failed") {
        lastFailure = { kind: "auth", at, message: outcome.message };
        refusedLogin = identityOfFile(loginFileOf(environment));
        noteFailure();
      } else if (outcome && "figures" in outcome && outcome.figures.sandboxFailure) {
        lastFailure = { kind: "sandbox", at, message: outcome.figures.sandboxFailure };
        noteFailure();
      } else if (outcome?.kind === "succeeded") {
        lastFailure = null;
      } else if (outcome) {
        // The last run failed for another reason.
        if (outcome.kind === "failed" && lastFailure?.kind === "auth") lastFailure = null;
        if (EXPLAINED.includes(outcome.code)) noteFailure();
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

/** Whether Codex did not end in time when it was to try its sandbox. */
const hasUnanswered = ({ version, sandbox_works, faults }: Findings): boolean =>
  version !== null && sandbox_works === null && faults.every(({ kind }) => kind === "not_logged_in");

/** Differs when another version is installed at the same path; follows links. */
const identityOfFile = (path: string): string => {
  const file = attempt(() => statsOf(path), undefined);
  return `${path} ${file?.ino} ${file?.mtimeMs} ${file?.size}`;
};

/** Failures that a check may explain better than the job's last sentence. */
const EXPLAINED = ["executor_not_available", "executor_start_failed", "executor_misconfigured"];

const isRefusal = ({ exitCode }: { exitCode: number | null }): boolean =>
  // Exit 2 is a usage error: this version does not know the command.
  exitCode !== null && exitCode !== 0 && exitCode !== 2;
