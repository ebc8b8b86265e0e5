import { existsSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { noOrphans } from "@/executor/orphans.ts";
import { createPreflight } from "@/executor/preflight.ts";
import { createPrograms } from "@/executor/programs.ts";
import { runAsFor } from "@/executor/run-as.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found, foundProblem } from "../finding.ts";
import { dropVariables, quote } from "../shell.ts";

export const checkCodex = async (context: DoctorContext): Promise<Finding[]> => [
  ...(await codex(context)),
  ...workdirs(context),
];

const codex = async ({ config, clock, envPath }: DoctorContext): Promise<Finding[]> => {
  const { executor } = config;
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...executor, environment });
  const path = programs.findCodex();
  if (path === "") return [missing(executor.codexBin, environment.PATH ?? "", envPath)];

  const preflight = createPreflight({ programs, environment, runAs, ...executor, orphans: noOrphans, clock });
  preflight.refresh();
  await preflight.stop();
  const { version, logged_in, sandbox_works } = preflight.view();
  if (version === null) return [found("codex_foreign", { path }, `${quote(path)} --version`)];
  const findings: Finding[] = [];
  if (sandbox_works === false) {
    findings.push(found("codex_sandbox", { path }, "sudo sysctl -w kernel.unprivileged_userns_clone=1"));
  }
  if (logged_in === false) findings.push(found("codex_logged_out", { path }, `${quote(path)} login`));
  return findings.length > 0 ? findings : [found("codex_ok", { path, version })];
};

const missing = (bin: string, path: string, envPath: string): Finding => {
  if (isAbsolute(bin) && existsSync(bin) && statSync(bin).isFile()) {
    return found("codex_not_executable", { bin }, `chmod +x ${quote(bin)}`);
  }
  const elsewhere = Bun.which("codex", { PATH: path });
  if (elsewhere) return found("codex_bin_wrong", { bin, elsewhere }, dropVariables(envPath, ["EXECUTOR_CODEX_BIN"]));
  return foundProblem({ kind: "codex_missing", severity: "fault", values: { bin } });
};

/** Where jobs may run at all. */
const workdirs = ({ config }: DoctorContext): Finding[] => {
  const { allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  if (allowGlobalWorkdir || allowedWorkdirs.some((path) => existsSync(path))) return [];
  const command = `mkdir -p ${allowedWorkdirs.map(quote).join(" ")}`;
  return [found("workdirs_missing", { paths: allowedWorkdirs.join(", ") }, command)];
};
