import type { ProbeDetail } from "@/gateway/view.ts";
import { formatTimestamp } from "@/locales/format.ts";
import type { StatusView } from "./view.ts";

/** fault: something does not work. warning: it works within limits. notice: something is still to be done. */
const severities = ["fault", "warning", "notice"] as const;
export type Severity = (typeof severities)[number];

/** What can be wrong besides the gateway, whose problems are named by `ProbeDetail`. */
export type ProblemKind =
  | "token_missing"
  | "memory_read_only"
  | "memory_heavy_rejected"
  | "gateway_pending"
  | "breaker_open"
  | "model_failing"
  | "sidecar_outdated"
  | "codex_missing"
  | "codex_refused"
  | "codex_sandbox"
  | "codex_not_logged_in"
  | "database_failing"
  | "audit_failing"
  | "backup_failing"
  | "never_synced"
  | "models_changed"
  | "default_gone";

/** `values` fill the placeholders of its texts. */
export type Problem = { severity: Severity; values: Readonly<Record<string, string | number>> } & (
  | { kind: ProblemKind }
  | { kind: "gateway"; detail: ProbeDetail }
);

/** What is wrong, the gravest first; empty when all is well. */
export const diagnose = (view: StatusView): Problem[] => {
  const found = [
    token,
    memoryProblem,
    gatewayProblem,
    breaker,
    turn,
    codex,
    database,
    audit,
    backup,
    sidecarProblem,
    sync,
    drift,
    defaultModel,
  ].flatMap((check) => check(view) ?? []);
  return severities.flatMap((severity) => found.filter((problem) => problem.severity === severity));
};

const token = ({ service }: StatusView): Problem | null =>
  service.auth_configured ? null : { kind: "token_missing", severity: "fault", values: {} };

export const memoryProblem = ({ memory }: Pick<StatusView, "memory">): Problem | null => {
  const available = memory.available_mib ?? 0;
  switch (memory.gate) {
    case "read_only":
      return { kind: "memory_read_only", severity: "fault", values: { available, limit: memory.read_only_below_mib } };
    case "heavy_rejected":
      return {
        kind: "memory_heavy_rejected",
        severity: "warning",
        values: { available, limit: memory.heavy_below_mib },
      };
    case "open":
    case "unknown":
      return null;
  }
};

/** A gateway that starts or drains mends itself, and one not asked yet is no fault. */
export const gatewayProblem = ({
  sidecar_probe: { ok, detail },
}: {
  sidecar_probe: Pick<StatusView["sidecar_probe"], "ok" | "detail">;
}): Problem | null => {
  // An open circuit has a problem of its own.
  if (ok || detail === "circuit_open") return null;
  if (detail === "not_checked_yet") return { kind: "gateway_pending", severity: "notice", values: {} };
  const passing = detail === "gateway_starting" || detail === "draining";
  return {
    kind: "gateway",
    severity: passing ? "warning" : "fault",
    detail: detail || "unexpected_answer",
    values: {},
  };
};

/** After a restart with the circuit still open, its last error is all that is known of the gateway. */
const breaker = ({ breaker, sidecar_probe: { detail } }: StatusView): Problem | null =>
  breaker.state === "open"
    ? {
        kind: "breaker_open",
        severity: detail === "circuit_open" ? "fault" : "warning",
        values: {
          failures: breaker.consecutive_failures,
          seconds: breaker.retry_after_seconds,
          error: breaker.last_error,
        },
      }
    : null;

/** The free probe is green whether or not the model works; the last turn knows. */
const turn = ({ sidecar_probe: { ok }, relay: { last_turn } }: StatusView): Problem | null =>
  ok && last_turn?.outcome === "failed" && last_turn.detail !== "request_refused"
    ? { kind: "model_failing", severity: "warning", values: { message: last_turn.message || last_turn.detail } }
    : null;

export const sidecarProblem = ({ sidecar }: Pick<StatusView, "sidecar">): Problem | null =>
  sidecar.below_advisories === true
    ? {
        kind: "sidecar_outdated",
        severity: "notice",
        values: {
          version: sidecar.version,
          fixedIn: sidecar.fixed_in,
          advisories: sidecar.advisories.join(", "),
        },
      }
    : null;

/** What its last runs came to says more than its own word. */
const codex = ({ executors: { codex } }: StatusView): Problem | null => {
  const { available, bin, last_failure, sandbox_works, logged_in } = codex;
  if (!available) return { kind: "codex_missing", severity: "fault", values: { bin } };
  if (last_failure?.kind === "auth") {
    return { kind: "codex_refused", severity: "fault", values: { message: last_failure.message } };
  }
  if (last_failure?.kind === "sandbox" || sandbox_works === false) {
    return { kind: "codex_sandbox", severity: "warning", values: {} };
  }
  return logged_in === false ? { kind: "codex_not_logged_in", severity: "notice", values: {} } : null;
};

const database = ({ database }: StatusView): Problem | null =>
  database.writable ? null : { kind: "database_failing", severity: "fault", values: {} };

const audit = ({ audit }: StatusView): Problem | null =>
  audit.ok
    ? null
    : {
        kind: "audit_failing",
        severity: "warning",
        values: { failures: audit.failed_writes, error: audit.last_error },
      };

const backup = ({ backup: { last_error } }: StatusView): Problem | null =>
  last_error === "" ? null : { kind: "backup_failing", severity: "warning", values: { error: last_error } };

const sync = ({ last_model_sync }: StatusView): Problem | null =>
  last_model_sync === null ? { kind: "never_synced", severity: "notice", values: {} } : null;

/** Gone or never there is no fault: who pushes needs no file. */
const drift = ({ model_source: { state, source, modified_at } }: StatusView): Problem | null =>
  state === "changed"
    ? {
        kind: "models_changed",
        severity: "notice",
        values: { source, modifiedAt: (modified_at && formatTimestamp(modified_at)) ?? "" },
      }
    : null;

const defaultModel = ({ model_source: { default_provider } }: StatusView): Problem | null =>
  default_provider?.exists === false
    ? { kind: "default_gone", severity: "warning", values: { id: default_provider.provider_id } }
    : null;
