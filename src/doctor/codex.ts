import { existsSync } from "node:fs";
import { createPreflight } from "@/executor/codex/preflight.ts";
import { runAsFor } from "@/executor/environment.ts";
import { createPrograms } from "@/executor/programs.ts";
import { createRedactor, secretsOf } from "@/executor/redact.ts";
import { createSandbox, protectedPaths } from "@/executor/sandbox.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import { isClosed } from "@/gates/memory.ts";
import { diagnose, type Problem, type ProblemKind } from "@/status/diagnose.ts";
import type { StatusView } from "@/status/view.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, fail, fromProblem, ok, warn } from "./finding.ts";
import { dropVariables, quote } from "./shell.ts";

/** @param view of the running service, which has seen how its last job ended. */
export const checkCodex = async (context: DoctorContext, view: StatusView | undefined): Promise<Finding[]> => {
  const { config, clock } = context;
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...config.executor, environment });
  const { codex, ...others } = programs.view();
  const { path } = codex;
  const wrongPath = path === "" ? checkPath(context, environment.PATH ?? "") : [];
  if (wrongPath.length > 0) return wrongPath;

  // Not beside a job and not while memory is low: then what the service has seen counts.
  const isBusy = view !== undefined && (view.worker.current_job_id !== null || isClosed(view.memory.gate));
  const redact = createRedactor(secretsOf(config));
  const sandbox = createSandbox({ paths: protectedPaths(config, environment), programs, environment });
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
  if (problems.length === 0) return [ok("codex_ok", { path, version: looked.version ?? "?" })];
  return problems.map((problem) => fromProblem(problem, commandFor(problem, path, config.executor.user)));
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
const checkPath = ({ config, envPath }: DoctorContext, path: string): Finding[] => {
  const bin = config.executor.codexBin;
  const elsewhere = existsSync(bin) ? null : Bun.which("codex", { PATH: path });
  const command = dropVariables(envPath, ["EXECUTOR_CODEX_BIN"]);
  return elsewhere ? [fail("codex_bin_wrong", { bin, elsewhere }, command)] : [];
};

export const checkWorkdirs = ({ config }: DoctorContext): Finding[] => {
  const { allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  if (allowGlobalWorkdir || allowedWorkdirs.some((path) => existsSync(path))) return [];
  const command = `mkdir -p ${allowedWorkdirs.map(quote).join(" ")}`;
  return [warn("workdirs_missing", { paths: allowedWorkdirs.join(", ") }, command)];
};
