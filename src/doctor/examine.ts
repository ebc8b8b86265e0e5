import type { Clock } from "@/lib/clock.ts";
import type { Environment } from "@/lib/env-file.ts";
import { rootCauseOf } from "@/lib/errors.ts";
import { diagnose, type Problem } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusView } from "@/status/view.ts";
import { checkAstrbot } from "./checks/astrbot.ts";
import { checkBackups } from "./checks/backups.ts";
import { checkCodex } from "./checks/codex.ts";
import { checkDatabase } from "./checks/database.ts";
import { checkFiles } from "./checks/files.ts";
import { checkGateway } from "./checks/gateway.ts";
import { checkHost } from "./checks/host.ts";
import { checkInstance } from "./checks/instance.ts";
import { checkSettings } from "./checks/settings.ts";
import { checkSidecarFiles } from "./checks/sidecar-files.ts";
import { checkUnit } from "./checks/unit.ts";
import { createContext } from "./context.ts";
import { type Finding, found, foundProblem } from "./finding.ts";
import { commandsOf } from "./host-commands.ts";

/** Looks at everything and changes nothing. What others follow from comes first. */
export const examine = async (environment: Environment, clock: Clock): Promise<Finding[]> => {
  const context = createContext(environment, clock);
  const instance = await checkInstance(context);
  const checks: readonly [name: string, check: () => Finding[] | Promise<Finding[]>][] = [
    ["settings", () => checkSettings(context)],
    ["files", () => checkFiles(context)],
    ["database", () => checkDatabase(context)],
    ["host", () => checkHost(context)],
    ["sidecar files", () => checkSidecarFiles(context)],
    ["instance", () => instance.findings],
    ["gateway", () => checkGateway(context, instance.view)],
    ["codex", () => checkCodex(context)],
    ["astrbot", () => checkAstrbot(context)],
    ["backups", () => checkBackups(context)],
    ["service", () => toldByService(instance.view)],
    ["unit", () => checkUnit(context)],
  ];
  const findings: Finding[] = [];
  for (const [name, check] of checks) findings.push(...(await attempt(name, check)));
  const forThisHost = commandsOf(context);
  return findings.map((finding) => {
    const command = commandOf(finding);
    return { ...finding, command: command && forThisHost(command) };
  });
};

/** A check that fails says so, and keeps no other one from its look. */
const attempt = async (name: string, check: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> => {
  try {
    return await check();
  } catch (error) {
    return [found("check_failed", { name, error: rootCauseOf(error) })];
  }
};

/** The status page has commands of its own, for a host it does not know. */
const commandOf = (finding: Finding): string | undefined =>
  finding.command ?? (finding.kind === "problem" ? describeProblem(finding.problem, "en").command : undefined);

/** What only a running service knows; the rest is looked at anew. */
const SERVICE_KNOWS: readonly Problem["kind"][] = [
  "breaker_open",
  "model_failing",
  "database_failing",
  "audit_failing",
  "backup_failing",
  "never_synced",
  "models_changed",
  "default_gone",
];

const toldByService = (view: StatusView | undefined): Finding[] =>
  view === undefined
    ? []
    : diagnose(view)
        .filter(({ kind }) => SERVICE_KNOWS.includes(kind))
        .map((problem) => foundProblem(problem));
