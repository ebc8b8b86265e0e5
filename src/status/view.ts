import type { BreakerView, ChecksView, ProbeView, RelayView, SidecarView } from "@/gateway/view.ts";
import type { ModelSourceView, SyncView } from "@/models/view.ts";

export interface ExecutorView {
  available: boolean;
  enabled: boolean;
  bin: string;
  /** "" when not found. */
  path: string;
  reason: string;
}

/** What is known of Codex beyond its presence; null for what has not been looked at or cannot be told. */
export interface CodexView extends ExecutorView {
  version: string | null;
  /** Codex's own word; a custom provider with a key of its own works without. */
  logged_in: boolean | null;
  sandbox_works: boolean | null;
  checked_at: string | null;
  last_failure: { kind: "auth" | "sandbox"; at: string; message: string } | null;
}

export interface ExecutorsView {
  codex: CodexView;
  gemini: ExecutorView;
  shell: ExecutorView;
}

export interface MemoryView {
  /** null when /proc/meminfo cannot be read: no gate is closed then. */
  available_mib: number | null;
  gate: "open" | "heavy_rejected" | "read_only" | "unknown";
  heavy_below_mib: number;
  read_only_below_mib: number;
}

export interface AuditView {
  ok: boolean;
  failed_writes: number;
  /** "" while every write has succeeded. */
  last_error: string;
}

/** One read-only view for page and API alike. */
export interface StatusView {
  service: {
    name: string;
    /** Version of the contract, not of this release. */
    version: string;
    release: string;
    time: string;
    bind: string;
    uptime_seconds: number;
    auth_configured: boolean;
  };
  worker: { queue_size: number; running: boolean; concurrency: 1; current_job_id: string | null };
  executors: ExecutorsView;
  last_model_sync: SyncView | null;
  /** How the stored models stand to AstrBot's file now. */
  model_source: ModelSourceView;
  sidecar_probe: ProbeView;
  breaker: BreakerView;
  memory: MemoryView;
  audit: AuditView;
  relay: RelayView;
  sidecar: SidecarView;
}

/** What the page shows besides. */
export interface StatusPageView extends StatusView {
  history: {
    /** Available memory once a minute for an hour, the oldest first; null where it could not be read. */
    memory_mib: (number | null)[];
    /** The gateway's checks by the half hour for a day, the oldest first. */
    checks: ChecksView[];
  };
  running_job: RunningJobView | null;
}

export interface RunningJobView {
  job_id: string;
  started_at: string;
  /** What it last said or did; "" for whoever may not see what jobs do. */
  last_line: string;
}
