import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import type { CodexFault } from "@/executor/view.ts";
import { diagnose, observe, type Subject } from "@/status/diagnose.ts";
import type { StatusView } from "@/status/view.ts";

const well = statusView();
const without = { ...well.executors, codex: { ...well.executors.codex, available: false, path: "" } };

const codexWith = (changes: Partial<StatusView["executors"]["codex"]>) => ({
  executors: { ...well.executors, codex: { ...well.executors.codex, ...changes } },
});
const faultOf = (kind: CodexFault["kind"]) => ({ kind, message: "said", subject: "" });
const authFailure = { kind: "auth", at: "2026-03-01T07:59:00Z", message: "HTTP 401" } as const;

const failedTurn = {
  ended_at: "2026-03-01T07:59:00Z",
  outcome: "failed",
  gateway: "primary",
  status_code: 500,
  error_type: "unknown",
  detail: "upstream_model_error",
  message: "HTTP 500: no key",
  duration_ms: 12,
} as const;

const openBreaker: StatusView["breaker"] = {
  ...well.breaker,
  state: "open",
  consecutive_failures: 2,
  retry_after_seconds: 43,
  last_error: "refused",
};
const heldBack: StatusView["sidecar_probe"] = {
  ...well.sidecar_probe,
  ok: false,
  error_type: "unknown",
  detail: "circuit_open",
};

const changes = {
  token: { service: { ...well.service, auth_configured: false } },
  readOnly: { memory: { ...well.memory, available_mib: 301, gate: "read_only" } },
  lowMemory: { memory: { ...well.memory, available_mib: 420, gate: "heavy_rejected" } },
  unknownMemory: { memory: { ...well.memory, available_mib: null, gate: "unknown" } },
  refused: {
    sidecar_probe: { ...well.sidecar_probe, ok: false, error_type: "network_or_unreachable", detail: "refused" },
  },
  starting: {
    sidecar_probe: {
      ...well.sidecar_probe,
      ok: false,
      error_type: "network_or_unreachable",
      detail: "gateway_starting",
    },
  },
  installing: {
    sidecar_probe: heldBack,
    breaker: openBreaker,
    sidecar: { ...well.sidecar, startup: { state: "installing", message: "40 s, 310 MB" } },
  },
  notStartable: {
    sidecar_probe: { ...well.sidecar_probe, ok: false, error_type: "network_or_unreachable", detail: "reset" },
    sidecar: { ...well.sidecar, startup: { state: "failed", message: "npm has no openclaw 1" } },
  },
  unchecked: {
    sidecar_probe: { ...well.sidecar_probe, ok: false, error_type: "unknown", detail: "not_checked_yet" },
  },
  unnamed: { sidecar_probe: { ...well.sidecar_probe, ok: false, error_type: "unknown", detail: "" } },
  breaker: { breaker: openBreaker },
  afterRestart: { breaker: openBreaker, sidecar_probe: heldBack },
  trial: { breaker: { ...well.breaker, state: "half_open", consecutive_failures: 2 } },
  modelFails: { relay: { ...well.relay, last_turn: failedTurn } },
  turnFails: {
    relay: { ...well.relay, last_turn: { ...failedTurn, detail: "proxy_down", message: "HTTP 504: text/html" } },
  },
  callersFault: { relay: { ...well.relay, last_turn: { ...failedTurn, detail: "request_refused" } } },
  heldBack: { sidecar_probe: heldBack },
  outdated: { sidecar: { ...well.sidecar, version: "2026.2.9", below_advisories: true } },
  versionUnknown: { sidecar: { ...well.sidecar, version: "latest", below_advisories: null } },
  codex: { executors: without },
  codexRefused: codexWith({ last_failure: authFailure, faults: [faultOf("not_logged_in")] }),
  codexQuota: codexWith({
    last_failure: { ...authFailure, kind: "quota" },
    retry_at: "2026-03-01T14:50:00Z",
    sandbox_works: false,
  }),
  codexSandbox: codexWith({ sandbox_works: false, faults: [faultOf("sandbox_apparmor")] }),
  codexSandboxFailed: codexWith({ last_failure: { ...authFailure, kind: "sandbox" } }),
  codexLogin: codexWith({ logged_in: false, faults: [faultOf("not_logged_in")] }),
  codexUnknown: codexWith({ version: null, sandbox_works: null, logged_in: null }),
  storage: { database: { writable: false, in_place: true } },
  audit: { audit: { ok: false, failed_writes: 3, last_error: "ENOSPC" } },
  auditRecovered: { audit: { ok: true, failed_writes: 3, last_error: "ENOSPC" } },
  sync: { last_model_sync: null },
} satisfies Record<string, Partial<StatusView>>;

test.each([
  ["token", { kind: "token_missing", severity: "fault" }],
  ["readOnly", { kind: "memory_read_only", severity: "fault", values: { available: 301, limit: 350 } }],
  ["lowMemory", { kind: "memory_heavy_rejected", severity: "warning", values: { available: 420, limit: 512 } }],
  ["refused", { kind: "gateway_refused", severity: "fault" }],
  ["starting", { kind: "gateway_gateway_starting", severity: "warning" }],
  ["installing", { kind: "gateway_installing", severity: "warning", values: { message: "40 s, 310 MB" } }],
  ["notStartable", { kind: "gateway_not_startable", severity: "fault", values: { message: "npm has no openclaw 1" } }],
  ["unchecked", { kind: "gateway_not_checked_yet", severity: "notice" }],
  ["unnamed", { kind: "gateway_unexpected_answer", severity: "fault" }],
  ["breaker", { kind: "breaker_open", severity: "warning", values: { failures: 2, seconds: 43, error: "refused" } }],
  ["afterRestart", { kind: "breaker_open", severity: "fault", values: { failures: 2, seconds: 43, error: "refused" } }],
  ["turnFails", { kind: "turn_failing", severity: "warning", values: { message: "HTTP 504: text/html" } }],
  ["modelFails", { kind: "model_failing", severity: "warning", values: { message: "HTTP 500: no key" } }],
  [
    "outdated",
    {
      kind: "sidecar_outdated",
      severity: "notice",
      values: { version: "2026.2.9", fixedIn: "2026.2.14", upgradeTo: "2026.9.6" },
    },
  ],
  ["codex", { kind: "codex_missing", severity: "fault", values: { bin: "codex" } }],
  ["codexRefused", { kind: "codex_refused", severity: "fault", values: { message: "HTTP 401" } }],
  [
    "codexQuota",
    {
      kind: "codex_quota",
      severity: "warning",
      values: { until: "2026-03-01 14:50:00 UTC", message: "HTTP 401" },
    },
  ],
  ["codexSandbox", { kind: "codex_sandbox_apparmor", severity: "warning" }],
  ["codexSandboxFailed", { kind: "codex_sandbox", severity: "warning" }],
  ["codexLogin", { kind: "codex_not_logged_in", severity: "notice" }],
  ["storage", { kind: "database_failing", severity: "fault" }],
  ["audit", { kind: "audit_failing", severity: "warning", values: { failures: 3, error: "ENOSPC" } }],
  ["sync", { kind: "never_synced", severity: "notice" }],
] as const)("finds the one thing that is wrong: %s", (change, problem) => {
  const found = diagnose(statusView(changes[change]));

  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject(problem);
});

test.each([
  "unknownMemory",
  "codexUnknown",
  "trial",
  "auditRecovered",
  "callersFault",
  "heldBack",
  "versionUnknown",
] as const)("reports no problem for %s", (change) => {
  expect(diagnose(statusView(changes[change]))).toEqual([]);
});

test("puts the most severe first", () => {
  const { token, lowMemory, refused, breaker, codex, audit, sync } = changes;

  const kinds = diagnose(
    statusView({ ...token, ...lowMemory, ...refused, ...breaker, ...codex, ...audit, ...sync }),
  ).map(({ kind }) => kind);

  expect(kinds).toEqual([
    "token_missing",
    "gateway_refused",
    "codex_missing",
    "memory_heavy_rejected",
    "breaker_open",
    "audit_failing",
    "never_synced",
  ]);
});

const observed = (changes: Partial<StatusView>, subject: Subject) => {
  const observation = observe(statusView(changes)).find((one) => one.subject === subject);
  return observation ? (observation.problem?.kind ?? "well") : "unknown";
};
const probeWith = (probe: Partial<StatusView["sidecar_probe"]>) => ({ ...well.sidecar_probe, ok: false, ...probe });

test.each<[string, Partial<StatusView>, Subject, string]>([
  ["one cause, not the breaker beside it", { ...changes.refused, ...changes.breaker }, "gateway", "gateway_refused"],
  ["the open circuit of failed turns", changes.breaker, "gateway", "breaker_open"],
  ["a gateway that answers", {}, "gateway", "well"],
  ["a gateway not checked yet", changes.unchecked, "gateway", "unknown"],
  ["no turn yet", {}, "lastTurn", "unknown"],
  ["a failed turn", changes.modelFails, "lastTurn", "model_failing"],
  ["the same while the gateway is down", { ...changes.modelFails, ...changes.refused }, "lastTurn", "unknown"],
  ["Codex not looked at yet", codexWith({ checked_at: null }), "codex", "unknown"],
  ["a held quota, which is news already", { ...changes.codexQuota }, "codex", "unknown"],
  ["Codex without a login, which a custom provider needs none of", changes.codexLogin, "codex", "well"],
  ["memory that cannot be read", changes.unknownMemory, "memory", "unknown"],
  ["models changed", { model_source: { ...well.model_source, state: "changed" } }, "modelSource", "models_changed"],
  [
    "AstrBot's file gone for a moment",
    { model_source: { ...well.model_source, state: "missing" } },
    "modelSource",
    "unknown",
  ],
  ["never synced, which is so from the beginning", changes.sync, "sync", "well"],
  ["a young backup", {}, "backup", "well"],
  ["a failed backup", { backup: { ...well.backup, last_error: "ENOSPC" } }, "backup", "backup_failing"],
  ["no backup since a restart", { backup: { ...well.backup, last_at: "2026-02-27T03:00:00Z" } }, "backup", "unknown"],
  ["a full disk", changes.storage, "database", "database_failing"],
  [
    "an expired certificate",
    { sidecar_probe: probeWith({ detail: "certificate", message: "CERT_HAS_EXPIRED" }) },
    "gateway",
    "gateway_certificate_date",
  ],
])("for news: %s", (_name, status, subject, kind) => {
  expect(observed(status, subject)).toBe(kind);
});
