import { existsSync, lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@/config.ts";
import { createPreflight } from "@/executor/codex/preflight.ts";
import { codexHomeOf, runAsFor } from "@/executor/environment.ts";
import { createPrograms } from "@/executor/programs.ts";
import { createRedactor, secretsOf } from "@/executor/redact.ts";
import { createSandbox } from "@/executor/sandbox.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import { isClosed } from "@/gates/memory.ts";
import type { Clock } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { freeBytesAt, statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import { diagnose, type Problem, type ProblemKind } from "@/status/diagnose.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, type Found, fail, fromProblem, ok, orElse, warn } from "./finding.ts";
import { DISK_FAIL_BYTES, DISK_WARN_BYTES } from "./host.ts";
import { dropVariables, quote } from "./shell.ts";

export const checkCodex = async (context: DoctorContext): Promise<Finding[]> => {
  // The running service has seen how its last job ended.
  const { config, clock, view } = context;
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...config.executor, environment });
  const { codex, ...others } = programs.view();
  const { path } = codex;
  const wrongPath = path === "" && checkPath(context, environment.PATH ?? "");
  if (wrongPath) return [wrongPath];

  // Not beside a job and not while memory is low: then what the service has seen counts.
  const isBusy = view !== undefined && (view.worker.current_job_id !== null || isClosed(view.memory.gate));
  const redact = createRedactor(secretsOf(config));
  const sandbox = createSandbox(config, environment, programs);
  const deps = { programs, sandbox, environment, runAs, ...config.executor, redact, subreaper: noSubreaper, clock };
  const preflight = createPreflight({ ...deps, isMemoryLow: () => isBusy });
  await preflight.check();
  const looked = isBusy ? view.executors.codex : preflight.view();
  const isForeign = path !== "" && looked.version === null && looked.faults.length === 0 && !isBusy;
  if (isForeign) return [warn("codex_foreign", { path }, `${quote(path)} --version`)];
  // A filter of the service's unit does not apply to us.
  const filtered = view?.executors.codex.faults.filter(({ kind }) => kind === "sandbox_seccomp") ?? [];
  const faults = looked.sandbox_works === false ? looked.faults : [...looked.faults, ...filtered];
  const { last_failure = null, last_job_failure = null, retry_at = null } = view?.executors.codex ?? {};
  const seen = { ...codex, ...looked, faults, last_failure, last_job_failure, retry_at };
  const problems = diagnose({ executors: { codex: seen, ...others } });
  const found = problems.map((problem) => fromProblem(problem, commandFor(problem, path, config.executor.user)));
  return orElse(found, ok("codex_ok", { path, version: looked.version ?? "?" }));
};

/** With this host's paths; undefined where the page's command is right. */
const commandFor = ({ kind, values }: Problem, path: string, user: string): string | undefined => {
  const [, file = "", line] = /^(.*?)(?::(\d+))?$/.exec(String(values.subject ?? "")) ?? [];
  const commands: Partial<Record<ProblemKind, string>> = {
    codex_not_executable: `chmod +x ${quote(file)}`,
    codex_unusable: `${quote(path)} --version`,
    codex_home: `mkdir -p ${quote(file)} && sudo chown -R ${user ? quote(user) : '"$(id -un)"'} ${quote(file)}`,
    codex_config: ["vi", line ? `+${line}` : [], quote(file)].flat().join(" "),
    codex_refused: `${quote(path)} login`,
    codex_login_unreadable: `${quote(path)} login`,
    codex_not_logged_in: `${quote(path)} login`,
    codex_sandbox: `${quote(path)} sandbox -- /bin/true`,
  };
  return commands[kind];
};

/** Where Codex is, if EXECUTOR_CODEX_BIN names a file that is not there. */
const checkPath = ({ config, envPath }: DoctorContext, path: string): Found => {
  const bin = config.executor.codexBin;
  const elsewhere = existsSync(bin) ? null : Bun.which("codex", { PATH: path });
  const command = dropVariables(envPath, ["EXECUTOR_CODEX_BIN"]);
  return elsewhere !== null && fail("codex_bin_wrong", { bin, elsewhere }, command);
};

export const checkWorkdirs = ({ config }: DoctorContext): Found => {
  const { allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  if (allowGlobalWorkdir || allowedWorkdirs.some((path) => existsSync(path))) return undefined;
  const command = `mkdir -p ${allowedWorkdirs.map(quote).join(" ")}`;
  return warn("workdirs_missing", { paths: allowedWorkdirs.join(", ") }, command);
};

const BYTES_PER_BLOCK = 512;
const MAX_LISTED = 3;

/** A walk of a home of any size ends, and the sum is then a lower bound. */
export const homeLimits = { warnBytes: 2 * 1024 ** 3, entries: 100_000, ms: 2000 };

/** The size of CODEX_HOME and the free space of its disk: Codex itself never deletes a session or a log. */
export const checkCodexHome = (config: Config, clock: Clock, limits = homeLimits): Finding[] => {
  const home = codexHomeOf(runAsFor(config).environment);
  if (!statsOf(home)?.isDirectory()) return [];
  const parts = measureParts(home, limits, clock);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const freeBytes = freeBytesAt(home);
  const largest = parts.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_LISTED);
  const values = {
    path: home,
    size: (parts.some(({ isWhole }) => !isWhole) ? "> " : "") + formatBytes(total),
    free: formatBytes(freeBytes),
    parts: largest.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(", "),
  };
  const sessions = ["sessions", "archived_sessions"].map((name) => quote(join(home, name))).join(" ");
  const command = `find ${sessions} -name 'rollout-*' -mtime +30 -delete`;
  const found = [
    freeBytes < DISK_WARN_BYTES && (freeBytes < DISK_FAIL_BYTES ? fail : warn)("codex_home_disk", values, command),
    total >= limits.warnBytes && warn("codex_home_large", values, command),
  ];
  return orElse(found, ok("codex_home_ok", values));
};

/** What each entry of the folder takes on the disk; links are not followed. */
const measureParts = (folder: string, limits: typeof homeLimits, clock: Clock) => {
  const deadlineMs = clock.monotonicMs() + limits.ms;
  let left = limits.entries;
  const measure = (path: string): { bytes: number; isWhole: boolean } => {
    let bytes = 0;
    for (const pending = [path]; pending.length > 0; ) {
      const next = pending.pop() ?? "";
      if (left-- <= 0 || clock.monotonicMs() > deadlineMs) return { bytes, isWhole: false };
      const stats = attempt(() => lstatSync(next), undefined);
      bytes += (stats?.blocks ?? 0) * BYTES_PER_BLOCK;
      if (stats?.isDirectory()) pending.push(...namesIn(next, left));
    }
    return { bytes, isWhole: true };
  };
  return namesIn(folder, left).map((path) => ({ name: path.slice(folder.length + 1), ...measure(path) }));
};

/** At most `limit` paths; none of a folder that is gone or another user's. */
const namesIn = (folder: string, limit: number): string[] => {
  const paths: string[] = [];
  attempt(() => {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null && paths.length < limit; entry = entries.readSync()) {
        paths.push(join(folder, entry.name));
      }
    } finally {
      entries.closeSync();
    }
  }, undefined);
  return paths;
};
