import { statSync } from "node:fs";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { runCommand } from "./command.ts";
import { childEnvironment } from "./environment.ts";
import type { Orphans } from "./orphans.ts";
import type { Programs } from "./programs.ts";
import type { RunOutcome } from "./run.ts";
import type { RunAs } from "./run-as.ts";
import type { CodexView } from "./view.ts";

const COMMAND_TIMEOUT_MS = 10_000;

type Findings = Pick<CodexView, "version" | "logged_in" | "sandbox_works" | "checked_at">;

interface PreflightOptions {
  programs: Pick<Programs, "findCodex">;
  environment: Environment;
  passEnv: readonly string[];
  runAs: RunAs;
  recheckMs: number;
  orphans: Orphans;
  clock: Clock;
}

const nothingKnown: Findings = { version: null, logged_in: null, sandbox_works: null, checked_at: null };

/**
 * Knows whether Codex can be used: by its own word (`--version`, `login status`, `sandbox`), looked up in the
 * background when somebody asks, and by what its last runs came to.
 */
export const createPreflight = ({
  programs,
  environment,
  passEnv,
  runAs,
  recheckMs,
  orphans,
  clock,
}: PreflightOptions) => {
  let findings = nothingKnown;
  let checkedBinary = "";
  let dueAtMs = 0;
  let checking: Promise<void> | undefined;
  let lastFailure: CodexView["last_failure"] = null;
  let refusedUntilMs = 0;

  const ask = (codex: string, ...args: string[]) =>
    runCommand({
      argv: [codex, ...args],
      env: childEnvironment(environment, passEnv),
      runAs,
      timeoutMs: COMMAND_TIMEOUT_MS,
      orphans,
      clock,
    });

  const check = async (codex: string) => {
    const version = /^codex(?:-cli)? (\S+)$/m.exec((await ask(codex, "--version")).output)?.[1] ?? null;
    // Anything else is not Codex, and would take the further questions for tasks.
    const isCodex = version !== null;
    findings = {
      version,
      logged_in: isCodex ? yesOrNo((await ask(codex, "login", "status")).exitCode) : null,
      sandbox_works: isCodex ? yesOrNo((await ask(codex, "sandbox", "--", "/bin/true")).exitCode) : null,
      checked_at: toTimestamp(clock.now()),
    };
  };

  return {
    /** Starts a look if one is due, and waits for none. */
    refresh(): void {
      const codex = programs.findCodex();
      if (codex === "" || checking !== undefined) return;
      const binary = identityOfFile(codex);
      if (binary === checkedBinary && clock.monotonicMs() < dueAtMs) return;
      checking = check(codex).finally(() => {
        checkedBinary = binary;
        dueAtMs = clock.monotonicMs() + recheckMs;
        checking = undefined;
      });
    },

    view: () => ({ ...findings, last_failure: lastFailure }),

    /** Learns from a run that has ended; undefined for one that never began. */
    learn(outcome: RunOutcome | undefined): void {
      if (outcome === undefined) return;
      const at = toTimestamp(clock.now());
      if (outcome.kind === "model_failed" && outcome.failure === "model_auth_failed") {
        lastFailure = { kind: "auth", at, message: outcome.message };
        refusedUntilMs = clock.monotonicMs() + recheckMs;
      } else if (outcome.figures.sandboxFailed) {
        lastFailure = { kind: "sandbox", at, message: "a command's sandbox could not be set up" };
      } else if (outcome.kind === "succeeded") {
        lastFailure = null;
        refusedUntilMs = 0;
      }
    },

    /** Why a job need not be tried now; undefined when it should be. */
    refusal(): { at: string; seconds: number } | undefined {
      const isRefused = lastFailure?.kind === "auth" && clock.monotonicMs() < refusedUntilMs;
      return isRefused && lastFailure ? { at: lastFailure.at, seconds: recheckMs / 1000 } : undefined;
    },

    /** Waits for a look under way. */
    stop: async (): Promise<void> => checking,
  };
};

export type Preflight = ReturnType<typeof createPreflight>;

/** Exit 2 is a usage error: this version does not know the question. */
const yesOrNo = (exitCode: number | null): boolean | null =>
  exitCode === null || exitCode === 2 ? null : exitCode === 0;

/** Changes when another version is installed at the same path. */
const identityOfFile = (path: string): string => {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${path} ${file?.mtimeMs} ${file?.size}`;
};
