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
import { createFindings, type Finding, fromProblem } from "./finding.ts";
import { dropVariables, quote } from "./shell.ts";

/** @param view of the running service, which has seen how its last job ended. */
export const checkCodex = async (context: DoctorContext, view: StatusView | undefined): Promise<Finding[]> => {
  const { executor } = context.config;
  const { runAs, environment } = runAsFor(context.config);
  const programs = createPrograms({ ...executor, environment });
  const { codex, ...others } = programs.view();
  const { path } = codex;
  const wrongPath = path === "" ? checkPath(context, environment.PATH ?? "") : [];
  if (wrongPath.length > 0) return wrongPath;

  // Not beside a job and not while memory is low: then what the service has seen counts.
  const isBusy = view !== undefined && (view.worker.current_job_id !== null || isClosed(view.memory.gate));
  const preflight = createPreflight({
    programs,
    environment,
    runAs,
    ...executor,
    isMemoryLow: () => isBusy,
    subreaper: noSubreaper,
    clock: context.clock,
  });
  await preflight.check();
  const looked = isBusy ? view.executors.codex : preflight.view();
  if (path !== "" && looked.version === null && !isBusy) {
    return [warn("codex_foreign", { path }, `${quote(path)} --version`)];
  }
  const last_failure = view?.executors.codex.last_failure ?? null;
  const problems = diagnose({ executors: { codex: { ...codex, ...looked, last_failure }, ...others } });
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
  if (!elsewhere) return [];
  return [fail("codex_bin_wrong", { bin, elsewhere }, dropVariables(envPath, ["EXECUTOR_CODEX_BIN"]))];
};

export const checkWorkdirs = ({ config }: DoctorContext): Finding[] => {
  const { allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  if (allowGlobalWorkdir || allowedWorkdirs.some((path) => existsSync(path))) return [];
  const command = `mkdir -p ${allowedWorkdirs.map(quote).join(" ")}`;
  return [warn("workdirs_missing", { paths: allowedWorkdirs.join(", ") }, command)];
};

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "codex_ok.seen": "Codex {version}：{path}，已登录，沙箱可用",
    "codex_bin_wrong.seen": "EXECUTOR_CODEX_BIN 指向的 {bin} 不存在",
    "codex_bin_wrong.cause": "路径写错，或 Codex 装到了别处：{elsewhere}。",
    "codex_bin_wrong.fix": "恢复默认（按 PATH 查找），然后重启服务。",
    "codex_not_executable.seen": "{bin} 不可执行",
    "codex_not_executable.cause": "缺少执行权限。",
    "codex_not_executable.fix": "加上执行权限。",
    "codex_foreign.seen": "{path} 不像 Codex",
    "codex_foreign.cause": "--version 没有给出 Codex 的版本：损坏、缺少 node，或是别的程序。",
    "codex_foreign.fix": "看它说什么，然后重新安装 Codex。",
    "workdirs_missing.seen": "允许的工作目录都不存在：{paths}",
    "workdirs_missing.cause": "EXECUTOR_ALLOW_GLOBAL_WORKDIR=false，所有任务都会被拒绝。",
    "workdirs_missing.fix": "创建它们，或修改 EXECUTOR_ALLOWED_WORKDIRS，然后重启服务。",
  },
  en: {
    "codex_ok.seen": "Codex {version}: {path}, logged in, its sandbox works",
    "codex_bin_wrong.seen": "EXECUTOR_CODEX_BIN is {bin}, which does not exist",
    "codex_bin_wrong.cause": "A wrong path, or Codex is elsewhere: {elsewhere}.",
    "codex_bin_wrong.fix": "Restore the default (found by PATH), then restart the service.",
    "codex_not_executable.seen": "{bin} is not executable",
    "codex_not_executable.cause": "It lacks the permission.",
    "codex_not_executable.fix": "Add it.",
    "codex_foreign.seen": "{path} does not look like Codex",
    "codex_foreign.cause": "--version prints no version of Codex: broken, without node, or another program.",
    "codex_foreign.fix": "See what it prints, then install Codex again.",
    "workdirs_missing.seen": "None of the allowed working directories exists: {paths}",
    "workdirs_missing.cause": "EXECUTOR_ALLOW_GLOBAL_WORKDIR=false: every job is rejected.",
    "workdirs_missing.fix": "Create them, or change EXECUTOR_ALLOWED_WORKDIRS, then restart the service.",
  },
});
