import type { StoredChecks } from "@/gateway/repository.ts";
import { defaultCommands } from "@/status/host-commands.ts";
import type { StatusPageView } from "@/status/service.ts";
import type { StatusView } from "@/status/view.ts";

/** A service without a fault; a test names only what it changes. */
export const statusView = (changes: Partial<StatusView> = {}): StatusView => ({
  service: {
    name: "openclaw-astr-backend-service",
    version: "0.3.1",
    release: "1.0.0",
    time: "2026-03-01T08:00:00Z",
    bind: "127.0.0.1:18889",
    uptime_seconds: 93_784,
    auth_configured: true,
  },
  worker: { queue_size: 0, running: true, concurrency: 1, current_job_id: null },
  executors: {
    codex: {
      available: true,
      enabled: true,
      bin: "codex",
      path: "/usr/bin/codex",
      reason: "",
      version: "0.169.0",
      logged_in: true,
      sandbox_works: true,
      checked_at: "2026-03-01T08:00:00Z",
      retry_at: null,
      faults: [],
      last_failure: null,
      last_job_failure: null,
    },
    gemini: { available: false, enabled: false, bin: "gemini", path: "", reason: "v1.1_disabled" },
    shell: { available: true, enabled: false, bin: "/bin/sh", path: "/bin/sh", reason: "v1.1_not_enabled" },
  },
  last_model_sync: { imported_at: "2026-03-01T07:00:00Z", source: "plugin_push", provider_count: 3, trace_id: "t-1" },
  model_source: {
    source: "cmd_config",
    state: "unchanged",
    modified_at: "2026-03-01T06:00:00Z",
    default_provider: null,
    agent_runner: null,
    fallback_providers: [],
  },
  sidecar_probe: {
    ok: true,
    status_code: 400,
    message: "ready",
    error_type: "",
    detail: "",
    checked_at: "2026-03-01T07:59:50Z",
    latency_ms: 12.4,
  },
  breaker: { state: "closed", consecutive_failures: 0, opened_at: null, retry_after_seconds: 0, last_error: "" },
  memory: { available_mib: 1024, gate: "open", heavy_below_mib: 512, read_only_below_mib: 350 },
  backup: { count: 7, last_at: "2026-03-01T03:00:00Z", last_bytes: 400_000, last_error: "" },
  database: { writable: true, in_place: true },
  audit: { ok: true, failed_writes: 0, last_error: "" },
  relay: { busy: false, waiting: 0, max_waiting: 8, last_turn: null, backup_breaker: null },
  notify: [
    {
      channel: "astrbot",
      waiting: 0,
      last_try_at: "2026-03-01T07:30:00Z",
      reason: "",
      detail: "",
      next_try_at: null,
    },
    { channel: "wecom", waiting: 0, last_try_at: null, reason: "", detail: "", next_try_at: null },
  ],
  sidecar: {
    pinned_version: "2026.9.6",
    running_version: "2026.9.6",
    startup: null,
    version: "2026.9.6",
    version_source: "gateway",
    below_advisories: false,
    fixed_in: "2026.2.14",
    advisories: ["GHSA-943q-mwmv-hhvh"],
    unit: null,
  },
  watch: { interval_seconds: 300, next_look_at: "2026-03-01T08:03:20Z" },
  ...changes,
});

export const halfHours = (checks: (index: number) => Omit<StoredChecks, "startedAt">): StoredChecks[] =>
  Array.from({ length: 48 }, (_, index) => ({
    startedAt: new Date(Date.UTC(2026, 1, 28, 8, 30 + index * 30)).toISOString().replace(".000", ""),
    ...checks(index),
  }));

/** The same with its history: an hour of ample memory and a day of good checks. */
export const statusPageView = (changes: Partial<StatusPageView> = {}): StatusPageView => ({
  ...statusView(),
  history: {
    memory_mib: Array.from({ length: 60 }, (_, minute) => 1000 + minute),
    checks: halfHours(() => ({ ok: 4, failed: 0, errorType: "" })),
  },
  running_job: null,
  commands: defaultCommands,
  first_run: { gateway: true, model: true, codex: true, astrbot: true },
  started_at: "2026-02-28T05:56:56Z",
  ...changes,
});
