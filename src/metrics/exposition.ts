import { readdirSync, readFileSync } from "node:fs";
import type { JobRepository } from "@/jobs/repository.ts";
import { type Clock, delay } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import type { Turns } from "@/lib/turns.ts";
import type { Readiness } from "@/status/readiness.ts";
import type { StatusService } from "@/status/service.ts";
import type { StatusView } from "@/status/view.ts";
import { counter, type Family, gauge, toText } from "./instruments.ts";
import type { MetricsRecorder } from "./recorder.ts";

const JOB_STATES = ["queued", "running", "succeeded", "failed", "canceled"] as const;
const BREAKER_STATES = ["closed", "open", "half_open"];
const GATE_STATES = ["open", "heavy_rejected", "read_only", "unknown"];
const LAG_TIMER_MS = 10;

interface ExpositionDeps {
  recorder: MetricsRecorder;
  readiness: Readiness;
  status: StatusService;
  jobs: JobRepository;
  turns: Turns;
  clock: Clock;
}

/** All metrics as text: what was counted since the start, and the state of now. */
export const createExposition =
  ({ recorder, readiness, status, jobs, turns, clock }: ExpositionDeps) =>
  async (): Promise<string> =>
    toText([
      gauge("openclaw_backend_ready", "Whether /readyz answers 200.", Number(readiness.fault() === undefined)),
      ...statusGauges(await status.view()),
      ...jobGauges(jobs, clock),
      ...recorder.families(),
      ...(await processGauges(clock, turns)),
    ]);

export type Exposition = ReturnType<typeof createExposition>;

const statusGauges = (view: StatusView): Family[] => {
  const { service, executors, sidecar_probe: probe, memory, audit, relay, last_model_sync: sync } = view;
  const breakers = [
    { gateway: "primary", ...view.breaker },
    ...(relay.backup_breaker ? [{ gateway: "backup", ...relay.backup_breaker }] : []),
  ];
  const up = probe.checked_at === null ? null : Number(probe.ok);
  const checkSeconds = probe.latency_ms === null ? null : probe.latency_ms / 1000;
  const availableBytes = memory.available_mib === null ? null : memory.available_mib * 1024 * 1024;
  const info = [{ labels: { release: service.release, contract: service.version }, value: 1 }];
  const breakerStates = breakers.flatMap(({ gateway, state }) => oneHot(BREAKER_STATES, state, { gateway }));
  const failures = breakers.map(({ gateway, consecutive_failures: value }) => ({ labels: { gateway }, value }));
  const waiting = view.notify.map(({ channel, waiting: value }) => ({ labels: { channel }, value }));
  const delivering = view.notify.map(({ channel, reason }) => ({ labels: { channel }, value: Number(reason === "") }));
  const retryAt = secondsOf(executors.codex.retry_at);
  return [
    gauge("openclaw_backend_info", "Always 1; the labels name the release.", info),
    gauge("openclaw_backend_worker_running", "Whether jobs are taken from the queue.", Number(view.worker.running)),
    gauge("openclaw_backend_executor_retry_timestamp_seconds", "End of the wait for quota or login.", retryAt),
    gauge("openclaw_backend_gateway_up", "Whether the last check passed; absent before the first.", up),
    gauge("openclaw_backend_gateway_check_timestamp_seconds", "Time of the last check.", secondsOf(probe.checked_at)),
    gauge("openclaw_backend_gateway_check_latency_seconds", "Duration of the last check.", checkSeconds),
    gauge("openclaw_backend_gateway_breaker_state", "1 for the state of each gateway's breaker.", breakerStates),
    gauge("openclaw_backend_gateway_breaker_failures", "Consecutive failures.", failures),
    gauge("openclaw_backend_relay_busy", "Whether a turn is running.", Number(relay.busy)),
    gauge("openclaw_backend_relay_waiting", "Turns in the queue.", relay.waiting),
    gauge("openclaw_backend_memory_available_bytes", "MemAvailable; absent when unreadable.", availableBytes),
    gauge("openclaw_backend_memory_gate_state", "1 for the state of the gates.", oneHot(GATE_STATES, memory.gate)),
    gauge("openclaw_backend_audit_up", "Whether the last record reached the audit log.", Number(audit.ok)),
    counter("openclaw_backend_audit_failed_writes_total", "Records missing in the audit log.", audit.failed_writes),
    gauge("openclaw_backend_notify_waiting", "Messages that are not delivered yet.", waiting),
    gauge("openclaw_backend_notify_up", "Whether the last attempt delivered its message.", delivering),
    gauge("openclaw_backend_models_synced", "Providers of the last sync.", sync?.provider_count),
    gauge("openclaw_backend_models_sync_timestamp_seconds", "Time of the last sync.", secondsOf(sync?.imported_at)),
  ];
};

const jobGauges = (jobs: JobRepository, clock: Clock): Family[] => {
  const counts = jobs.countByState();
  const oldest = jobs.nextQueued()?.createdAt;
  const ageMs = oldest === undefined ? 0 : Math.max(0, clock.now().getTime() - Date.parse(oldest));
  const byState = JOB_STATES.map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 }));
  return [
    gauge("openclaw_backend_jobs", "Jobs that are kept, by state.", byState),
    gauge("openclaw_backend_job_queue_oldest_seconds", "Age of the oldest queued job, or 0.", ageMs / 1000),
  ];
};

const processGauges = async (clock: Clock, turns: Turns): Promise<Family[]> => {
  const beforeMs = clock.monotonicMs();
  await delay(clock, LAG_TIMER_MS);
  const lagMs = Math.max(0, clock.monotonicMs() - beforeMs - LAG_TIMER_MS);
  await turns();
  const { user, system } = process.cpuUsage();
  const startedAt = clock.now().getTime() / 1000 - process.uptime();
  // Not every system has all of /proc.
  const fds = attempt(() => readdirSync("/proc/self/fd").length, undefined);
  const smaps = attempt(() => readFileSync("/proc/self/smaps_rollup", "utf8"), "");
  const dirtyKib = /^Private_Dirty:\s+(\d+) kB$/m.exec(smaps)?.[1];
  const dirtyBytes = dirtyKib === undefined ? undefined : Number(dirtyKib) * 1024;
  return [
    gauge("openclaw_backend_event_loop_lag_seconds", "Delay of a 10 ms timer during this scrape.", lagMs / 1000),
    counter("process_cpu_seconds_total", "Processor time of the service without its jobs.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Resident memory.", process.memoryUsage.rss()),
    gauge("openclaw_backend_private_memory_bytes", "Private dirty memory.", dirtyBytes),
    gauge("process_start_time_seconds", "When the process was started.", startedAt),
    gauge("process_open_fds", "Open file descriptors.", fds),
  ];
};

/** 1 for the current state and 0 for the others. */
const oneHot = (states: readonly string[], current: string, labels: Record<string, string> = {}): Family["samples"] =>
  states.map((state) => ({ labels: { ...labels, state }, value: Number(state === current) }));

const secondsOf = (timestamp: string | null | undefined): number | null =>
  timestamp ? Date.parse(timestamp) / 1000 : null;
