import type { BreakerView } from "@/gateway/view.ts";
import { CONTRACT_VERSION, RELEASE } from "@/lib/version.ts";
import type { StatusView } from "@/status/view.ts";
import { type Family, gauge, stateSamples } from "./family.ts";

const BYTES_PER_MIB = 1024 * 1024;
const secondsOf = (timestamp: string | null | undefined): number | undefined =>
  timestamp ? Date.parse(timestamp) / 1000 : undefined;

/** Without the executors: to look at them starts Codex, which a scrape every few seconds must not do. */
export type MeasuredStatus = Pick<
  StatusView,
  "sidecar_probe" | "breaker" | "relay" | "memory" | "audit" | "last_model_sync"
> & { worker: { running: boolean } };

/** What the status says, as numbers. */
export const statusFamilies = (view: MeasuredStatus): Family[] => {
  const { worker, sidecar_probe: probe, breaker, memory, audit, relay, last_model_sync: sync } = view;
  return [
    {
      name: "openclaw_backend_info",
      type: "gauge",
      help: "Always 1; the labels tell what runs.",
      samples: [{ labels: { release: RELEASE, contract: CONTRACT_VERSION }, value: 1 }],
    },
    ...gauge("openclaw_backend_worker_running", "Whether jobs are taken from the queue.", Number(worker.running)),
    ...gauge(
      "openclaw_backend_gateway_up",
      "Whether the gateway passed its last check; absent before the first.",
      probe.checked_at === null ? undefined : Number(probe.ok),
    ),
    ...gauge(
      "openclaw_backend_gateway_check_timestamp_seconds",
      "When the gateway was last checked.",
      secondsOf(probe.checked_at),
    ),
    ...gauge(
      "openclaw_backend_gateway_check_latency_seconds",
      "How long the last check took.",
      probe.latency_ms === null ? undefined : probe.latency_ms / 1000,
    ),
    ...breakerFamilies({ primary: breaker, ...(relay.backup_breaker && { backup: relay.backup_breaker }) }),
    ...gauge("openclaw_backend_relay_busy", "Whether a turn is under way.", Number(relay.busy)),
    ...gauge("openclaw_backend_relay_waiting", "Turns that wait for their turn.", relay.waiting),
    ...gauge(
      "openclaw_backend_memory_available_bytes",
      "MemAvailable of this machine; absent when it cannot be read.",
      memory.available_mib === null ? undefined : memory.available_mib * BYTES_PER_MIB,
    ),
    {
      name: "openclaw_backend_memory_gate_state",
      type: "gauge",
      help: "1 for the state of the memory gates.",
      samples: stateSamples(["open", "heavy_rejected", "read_only", "unknown"], memory.gate),
    },
    ...gauge("openclaw_backend_audit_up", "Whether the last record reached the audit log.", Number(audit.ok)),
    {
      name: "openclaw_backend_audit_failed_writes_total",
      type: "counter",
      help: "Records that did not reach the audit log.",
      samples: [{ value: audit.failed_writes }],
    },
    ...gauge("openclaw_backend_models_synced", "Providers of the last sync.", sync?.provider_count),
    ...gauge(
      "openclaw_backend_models_sync_timestamp_seconds",
      "When the models were last synced.",
      secondsOf(sync?.imported_at),
    ),
  ];
};

const breakerFamilies = (breakers: Readonly<Record<string, BreakerView>>): Family[] => [
  {
    name: "openclaw_backend_gateway_breaker_state",
    type: "gauge",
    help: "1 for the state of each gateway's circuit breaker.",
    samples: Object.entries(breakers).flatMap(([gateway, { state }]) =>
      stateSamples(["closed", "open", "half_open"], state, { gateway }),
    ),
  },
  {
    name: "openclaw_backend_gateway_breaker_failures",
    type: "gauge",
    help: "Failures in a row.",
    samples: Object.entries(breakers).map(([gateway, { consecutive_failures: value }]) => ({
      labels: { gateway },
      value,
    })),
  },
];
