import { existsSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { runAsFor } from "@/executor/environment.ts";
import { createPreflight } from "@/executor/preflight.ts";
import { createPrograms } from "@/executor/programs.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import { isClosed } from "@/gates/memory.ts";
import { diagnose } from "@/status/diagnose.ts";
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
  const deps = { programs, environment, runAs, ...config.executor, subreaper: noSubreaper, clock };
  const preflight = createPreflight({ ...deps, isMemoryLow: () => isBusy });
  await preflight.check();
  const looked = isBusy ? view.executors.codex : preflight.view();
  const isForeign = path !== "" && looked.version === null && !isBusy;
  if (isForeign) return [warn("codex_foreign", { path }, `${quote(path)} --version`)];
  const { last_failure = null, retry_at = null } = view?.executors.codex ?? {};
  const problems = diagnose({ executors: { codex: { ...codex, ...looked, last_failure, retry_at }, ...others } });
  if (problems.length === 0) return [ok("codex_ok", { path, version: looked.version ?? "?" })];
  return problems.map((problem) => {
    const isLogin = problem.kind === "codex_refused" || problem.kind === "codex_not_logged_in";
    return fromProblem(problem, isLogin ? `${quote(path)} login` : undefined);
  });
};

/** Why EXECUTOR_CODEX_BIN leads to no program; empty if Codex is not installed at all. */
const checkPath = ({ config, envPath }: DoctorContext, path: string): Finding[] => {
  const bin = config.executor.codexBin;
  if (isAbsolute(bin) && existsSync(bin) && statSync(bin).isFile()) {
    return [fail("codex_not_executable", { bin }, `chmod +x ${quote(bin)}`)];
  }
  const elsewhere = Bun.which("codex", { PATH: path });
  const command = dropVariables(envPath, ["EXECUTOR_CODEX_BIN"]);
  return elsewhere ? [fail("codex_bin_wrong", { bin, elsewhere }, command)] : [];
};

export const checkWorkdirs = ({ config }: DoctorContext): Finding[] => {
  const { allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  if (allowGlobalWorkdir || allowedWorkdirs.some((path) => existsSync(path))) return [];
  const command = `mkdir -p ${allowedWorkdirs.map(quote).join(" ")}`;
  return [warn("workdirs_missing", { paths: allowedWorkdirs.join(", ") }, command)];
};
