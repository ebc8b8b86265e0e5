import type { CodexFault, CodexView } from "@/executor/view.ts";
import { UPGRADE_TO } from "@/gateway/sidecar.ts";
import { formatTimestamp } from "@/locales/format.ts";
import type { TextKey } from "@/locales/translate.ts";
import { GATEWAY_UNIT } from "@/systemd/units.ts";
import type { UnitState } from "./unit-state.ts";
import type { StatusView } from "./view.ts";

/** fault: something does not work. warning: it works within limits. notice: something is still to be done. */
const severities = ["fault", "warning", "notice"] as const;
export type Severity = (typeof severities)[number];

type KindIn<Key> = Key extends `problem.${infer Kind}.title` ? Kind : never;
export type ProblemKind = KindIn<TextKey>;

export interface Problem {
  kind: ProblemKind;
  severity: Severity;
  /** For the placeholders of its texts. */
  values: Readonly<Record<string, string | number>>;
}

/** A day, and the hour after which a failed backup is tried again. */
const MAX_BACKUP_AGE_MS = 25 * 60 * 60 * 1000;

/** The status, or the parts of it that are known. */
type PartialStatus = { readonly [Part in keyof StatusView]?: StatusView[Part] | undefined };

/** What is wrong, the most severe first; a part that is missing is not judged. */
export const diagnose = (status: PartialStatus): Problem[] =>
  worstFirst(Object.values(checks).flatMap((check) => check(status) || []));

const worstFirst = (problems: Problem[]): Problem[] =>
  severities.flatMap((severity) => problems.filter((problem) => problem.severity === severity));

/** What a problem is one of: while a part has one, another of the same part is no second piece of news. */
export type Subject = keyof typeof checks;

/** What a look has found of a part: its worst problem, or undefined if it is well. */
export interface Observation {
  subject: Subject;
  problem: Problem | undefined;
}

/** They are so from the beginning, and may be meant so. */
const NO_NEWS: readonly ProblemKind[] = ["never_synced", "sidecar_outdated", "codex_not_logged_in"];
/** Nothing is known yet, the job that found it is news already, or the news would not arrive. */
const UNJUDGED: readonly ProblemKind[] = ["gateway_not_checked_yet", "codex_quota", "codex_refused", "notify_failing"];

/** For news. A part of which nothing is known yet, as after a restart, is left out: its problem may last. */
export const observe = (status: PartialStatus): Observation[] =>
  (Object.keys(checks) as Subject[]).flatMap((subject) => {
    const found = checks[subject](status);
    if (found === undefined) return [];
    const [problem] = worstFirst([found || []].flat().filter(({ kind }) => !NO_NEWS.includes(kind)));
    return problem && UNJUDGED.includes(problem.kind) ? [] : [{ subject, problem }];
  });

/** `worst` is undefined if there are only notices. @param problems the most severe first. */
export const verdictOf = (problems: readonly Problem[]) => {
  const [worst, ...further] = problems;
  if (worst && worst.severity !== "notice") return { tone: worst.severity, worst, further };
  return { tone: "ok" as const, worst: undefined, further: problems };
};

const problem =
  (severity: Severity) =>
  (kind: ProblemKind, values: Problem["values"] = {}): Problem => ({ kind, severity, values });
const fault = problem("fault");
const warning = problem("warning");
const notice = problem("notice");

/** By the code of OpenSSL or Bun at the beginning of the probe's message. */
const certificateProblem = (message = ""): ProblemKind => {
  if (/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)\b/.test(message)) return "gateway_certificate_date";
  if (/^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)\b/.test(message)) return "gateway_certificate_name";
  return "gateway_certificate";
};

/** A job's failure is more reliable than what Codex reports about itself. */
export const codexProblems = (codex: Omit<CodexView, "reason">): Problem[] => {
  const { available, bin, last_failure, last_job_failure: job, retry_at, faults } = codex;
  if (!available && faults.length === 0) return [fault("codex_missing", { bin })];
  const { kind = "", message = "" } = last_failure ?? {};
  const until = formatTimestamp(retry_at ?? "") ?? "";
  const found = faults
    .filter((one) => kind !== "auth" || one.kind !== "not_logged_in")
    .map((one) => (faultSeverities[one.kind] ?? warning)(`codex_${one.kind}`, one));
  if (job && !kind) found.push(warning("codex_job_failed", { code: job.error_code, said: job.said }));
  if (kind === "auth") return [fault("codex_refused", { message }), ...found];
  if (kind === "quota") return [warning("codex_quota", { until, message }), ...found];
  const isExplained = kind !== "sandbox" || faults.some((one) => one.kind.startsWith("sandbox"));
  return isExplained ? found : [warning("codex_sandbox", { message, subject: "" }), ...found];
};

/** No job runs with a fault; a kind that is not listed is a warning. */
const faultSeverities: Partial<Record<CodexFault["kind"], ReturnType<typeof problem>>> = {
  not_executable: fault,
  wrong_arch: fault,
  no_node: fault,
  package_missing: fault,
  home: fault,
  config: fault,
  not_logged_in: notice,
};

/** systemd's own exit codes: it could not run what the unit says. */
const FIRST_SYSTEMD_CODE = 200;
const WRONG_SETTING = 78;
/** One that was up for longer is more than a loop's next try. */
const MIN_UP_SECONDS = 60;

/** What is wrong with a systemd unit, or the gateway's container, as it is now. */
export const unitProblem = (unit: string, state: UnitState | null | undefined): Problem | undefined => {
  if (!state) return undefined;
  const { by, active, sub, result, exit_status: exit, restarts, status, up_seconds: upSeconds } = state;
  const isRetried =
    sub.startsWith("auto-restart") ||
    (restarts > 0 && active === "activating") ||
    (restarts > 1 && upSeconds !== null && upSeconds < MIN_UP_SECONDS);
  if (active !== "failed" && !isRetried) return undefined;
  const values = { unit, result, exit, restarts, said: status || result };
  if (result === "no-engine") return fault("docker_down");
  if (by === "docker" && result === "oom-kill") return fault("container_memory", values);
  if (by === "docker") return fault(isRetried ? "gateway_looping" : "container_failed", values);
  if (result === "start-limit-hit") return fault("unit_start_limit", values);
  if (result === "oom-kill") return fault("unit_memory", values);
  if (exit === WRONG_SETTING) return fault("unit_setting", values);
  if (exit >= FIRST_SYSTEMD_CODE || (result === "exit-code" && exit === 0)) return fault("unit_unusable", values);
  if (!isRetried) return fault("unit_failed", values);
  return fault(unit === GATEWAY_UNIT ? "gateway_looping" : "unit_looping", values);
};

/** Why the gateway does not answer, as far as this host knows. */
const hostProblem = (detail: string, sidecar: PartialStatus["sidecar"]): Problem | undefined => {
  const { state, message = "" } = sidecar?.startup ?? {};
  if (state === "installing") return warning("gateway_installing", { message });
  const unit = SILENT.includes(detail) ? unitProblem(GATEWAY_UNIT, sidecar?.unit) : undefined;
  const isBarred = unit?.kind === "unit_start_limit";
  if (state === "failed" && !isBarred) return fault("gateway_not_startable", { message });
  const { active, up_seconds: upSeconds } = sidecar?.unit ?? {};
  const isStarting = active === "active" && (upSeconds ?? 0) < MAX_START_SECONDS && UNHEARD.includes(detail);
  return unit ?? (isStarting ? warning("gateway_gateway_starting") : undefined);
};

/** Nobody listens, as before the start is over; reset by Docker's own listener. */
const UNHEARD = ["refused", "reset"];
const SILENT = [...UNHEARD, "timeout", "gateway_starting", "proxy_down"];
/** A first start compiles for minutes on a slow host. */
const MAX_START_SECONDS = 900;

const probeProblems = (probe: PartialStatus["sidecar_probe"]): Problem[] => {
  // An open circuit is reported as such.
  if (!probe || probe.ok || probe.detail === "circuit_open") return [];
  if (probe.detail === "not_checked_yet") return [notice("gateway_not_checked_yet")];
  if (probe.detail === "certificate") return [fault(certificateProblem(probe.message))];
  const recoversByItself = probe.detail === "gateway_starting" || probe.detail === "draining";
  return [(recoversByItself ? warning : fault)(`gateway_${probe.detail || "unexpected_answer"}`)];
};

type Found = Problem | Problem[] | false | undefined;

/** Each is undefined if nothing is known of its part. */
const checks = {
  token: ({ service }) => service && !service.auth_configured && fault("token_missing"),
  memory({ memory }) {
    if (!memory || memory.gate === "unknown") return undefined;
    const available = memory.available_mib ?? 0;
    if (memory.gate === "read_only") return fault("memory_read_only", { available, limit: memory.read_only_below_mib });
    const limit = memory.heavy_below_mib;
    return memory.gate === "heavy_rejected" && warning("memory_heavy_rejected", { available, limit });
  },
  gateway({ sidecar_probe: probe, breaker, sidecar }) {
    const known = probe?.ok === false && hostProblem(probe.detail, sidecar);
    if (known) return known;
    const found = probeProblems(probe);
    if (breaker?.state !== "open") return probe && found;
    const { consecutive_failures: failures, retry_after_seconds: seconds, last_error: error } = breaker;
    // After a restart with the circuit still open there is no probe result, only the breaker's last error.
    const severity = probe?.detail === "circuit_open" ? fault : warning;
    return [...found, severity("breaker_open", { failures, seconds, error })];
  },
  /** The probe calls no model, so only the last turn shows whether the model works. */
  lastTurn({ sidecar_probe: probe, relay }) {
    const turn = relay?.last_turn;
    if (!probe?.ok || !turn || turn.detail === "request_refused") return undefined;
    const isModel = turn.detail === "upstream_model_error" || turn.detail === "timeout";
    const message = turn.message || turn.detail;
    return turn.outcome === "failed" && warning(isModel ? "model_failing" : "turn_failing", { message });
  },
  codex({ executors }) {
    const found = executors && codexProblems(executors.codex);
    return found?.length === 0 && executors?.codex.checked_at === null ? undefined : found;
  },
  database({ database }) {
    if (database?.in_place === false) return fault("database_replaced");
    return database && !database.writable && fault("database_failing");
  },
  audit({ audit }) {
    return audit && !audit.ok && warning("audit_failing", { failures: audit.failed_writes, error: audit.last_error });
  },
  /** No backup is tried in the first minutes, so that a young one alone shows that they work. */
  backup({ backup, service }) {
    if (backup?.last_error) return warning("backup_failing", { error: backup.last_error });
    const ageMs = Date.parse(service?.time ?? "") - Date.parse(backup?.last_at ?? "");
    return ageMs < MAX_BACKUP_AGE_MS ? false : undefined;
  },
  messages: ({ notify }) =>
    notify
      ?.filter(({ reason }) => reason !== "")
      .map(({ channel, reason, detail }) =>
        warning("notify_failing", { channel: `channel.${channel}`, reason: `delivery.${reason}`, detail }),
      ),
  sidecar({ sidecar }) {
    if (!sidecar?.below_advisories) return undefined;
    const { version, fixed_in: fixedIn, advisories } = sidecar;
    return notice("sidecar_outdated", { version, fixedIn, advisories: advisories.join(", "), upgradeTo: UPGRADE_TO });
  },
  sync: ({ last_model_sync }) => last_model_sync === null && notice("never_synced"),
  /** A missing file is no problem: the plugin may push instead. */
  modelSource({ model_source }) {
    if (["missing", "unreadable", "not_checked"].includes(model_source?.state ?? "")) return undefined;
    if (model_source?.state !== "changed") return model_source && false;
    const { source, modified_at } = model_source;
    return notice("models_changed", { source, modifiedAt: modified_at ? ` (${formatTimestamp(modified_at)})` : "" });
  },
  defaultModel({ model_source }) {
    // An outside agent answers without it.
    const provider = model_source?.agent_runner ? null : model_source?.default_provider;
    return model_source && provider?.exists === false && warning("default_gone", { id: provider.provider_id });
  },
} satisfies Record<string, (status: PartialStatus) => Found>;
