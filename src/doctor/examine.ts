import type { Clock } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { diagnose } from "@/status/diagnose.ts";
import { onHost } from "@/status/host-commands.ts";
import type { StatusView } from "@/status/view.ts";
import { checkAstrbot } from "./astrbot.ts";
import { checkCodex, checkWorkdirs } from "./codex.ts";
import { checkCodexHome } from "./codex-home.ts";
import { createContext } from "./context.ts";
import { checkBackups, checkDatabase } from "./database.ts";
import { checkFiles, checkSidecarFiles } from "./files.ts";
import { type Finding, fromProblem, warn } from "./finding.ts";
import { checkGateway, checkSidecarVersion } from "./gateway.ts";
import { checkClock, checkDisk, checkMemory, checkUnits } from "./host.ts";
import { checkInstance } from "./instance.ts";
import { checkSettings } from "./settings.ts";
import { checkSidecarHost } from "./sidecar.ts";

type Step = <Result>(name: string, check: () => Result | Promise<Result>) => Promise<Result>;

/** Runs every check and changes nothing. A cause comes before its consequences. @param step runs each, by its name. */
export const examine = async (
  environment: Environment,
  clock: Clock,
  step: Step = async (_, check) => check(),
): Promise<Finding[]> => {
  const context = await createContext(environment, clock);
  const { findings: instance, view } = await step("instance", () => checkInstance(context));
  const checks = {
    settings: () => checkSettings(context),
    files: () => checkFiles(context),
    database: () => checkDatabase(context),
    memory: checkMemory,
    disk: () => checkDisk(context),
    clock: () => checkClock(context),
    "sidecar files": () => checkSidecarFiles(context),
    instance: () => instance,
    unit: () =>
      checkUnits(
        context,
        instance.some(({ kind }) => kind === "service_ok"),
      ),
    "sidecar host": () => checkSidecarHost(context),
    gateway: () => checkGateway(context, view),
    "sidecar version": () => checkSidecarVersion(context, view),
    codex: () => checkCodex(context, view),
    "codex home": () => checkCodexHome(context),
    "working directories": () => checkWorkdirs(context),
    astrbot: () => checkAstrbot(context),
    backups: () => checkBackups(context),
    service: () => (view ? reportedBy(view) : []).filter(({ kind }) => !instance.some((one) => one.kind === kind)),
  };
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      findings.push(...(await step<Finding[]>(name, check)));
    } catch (error) {
      findings.push(warn("check_failed", { name, error: rootCauseOf(error) }));
    }
  }
  return findings.map((finding) => ({ ...finding, command: onHost(finding.command, context.host) }));
};

/** What only the running service can see; the rest is checked directly. */
export const reportedBy = ({ database, audit, backup, last_model_sync, model_source, notify }: StatusView): Finding[] =>
  diagnose({ database, audit, backup, last_model_sync, model_source, notify }).map((problem) => fromProblem(problem));
