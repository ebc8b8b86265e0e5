import type { Clock } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { diagnose } from "@/status/diagnose.ts";
import { onHost } from "@/status/host-commands.ts";
import type { StatusView } from "@/status/view.ts";
import { checkAstrbot } from "./astrbot.ts";
import { checkCodex, checkCodexHome, checkWorkdirs } from "./codex.ts";
import { type DoctorContext, readHost } from "./context.ts";
import { checkBackups, checkDatabase } from "./database.ts";
import { checkFiles, checkSidecarFiles } from "./files.ts";
import { type Finding, type Found, fromProblem, warn } from "./finding.ts";
import { checkGateway, checkSidecarVersion } from "./gateway.ts";
import { checkClock, checkDisk, checkMemory, checkUnits } from "./host.ts";
import { checkInstance } from "./instance.ts";
import { checkSettings } from "./settings.ts";
import { checkSidecarHost } from "./sidecar.ts";

type Step = <Result>(name: string, check: () => Result | Promise<Result>) => Promise<Result>;
type Check = (context: DoctorContext) => Found | readonly Found[] | Promise<readonly Found[]>;

/** A cause comes before its consequences. */
const checks: Readonly<Record<string, Check>> = {
  settings: checkSettings,
  files: checkFiles,
  database: checkDatabase,
  memory: checkMemory,
  disk: checkDisk,
  clock: checkClock,
  "sidecar files": checkSidecarFiles,
  instance: ({ instance }) => instance,
  unit: checkUnits,
  "sidecar host": checkSidecarHost,
  gateway: checkGateway,
  "sidecar version": checkSidecarVersion,
  codex: checkCodex,
  "codex home": ({ config, clock }) => checkCodexHome(config, clock),
  "working directories": checkWorkdirs,
  astrbot: checkAstrbot,
  backups: checkBackups,
  service: ({ view, instance }) => view && reportedBy(view).filter(({ kind }) => kind !== instance.kind),
};

/** Runs every check and changes nothing. @param step runs each, by its name. */
export const examine = async (
  environment: Environment,
  clock: Clock,
  step: Step = async (_, check) => check(),
): Promise<Finding[]> => {
  const host = await readHost(environment, clock);
  const context = { ...host, ...(await step("instance", () => checkInstance(host))) };
  const found: Found[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      found.push(...[await step(name, () => check(context))].flat());
    } catch (error) {
      found.push(warn("check_failed", { name, error: rootCauseOf(error) }));
    }
  }
  return found
    .flatMap((finding) => finding || [])
    .map((finding) => ({ ...finding, command: onHost(finding.command, host.host) }));
};

/** What only the running service can see; the rest is checked directly. */
export const reportedBy = ({ database, audit, backup, last_model_sync, model_source, notify }: StatusView): Finding[] =>
  diagnose({ database, audit, backup, last_model_sync, model_source, notify }).map((problem) => fromProblem(problem));
