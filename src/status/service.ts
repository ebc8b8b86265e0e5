import type { Audit } from "@/audit/audit.ts";
import type { DailyBackup } from "@/backup/daily.ts";
import type { Preflight } from "@/executor/preflight.ts";
import type { Programs } from "@/executor/programs.ts";
import type { ExecutorsView } from "@/executor/view.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { MemoryHistory } from "@/gates/memory-history.ts";
import type { CheckHistory } from "@/gateway/check-history.ts";
import type { GatewayProbe } from "@/gateway/probe.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { VersionReader } from "@/gateway/version.ts";
import type { Journals } from "@/jobs/journal.ts";
import type { JobRepository } from "@/jobs/repository.ts";
import type { Worker } from "@/jobs/worker.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { CONTRACT_VERSION, RELEASE, SERVICE_NAME } from "@/lib/version.ts";
import { defaultLocale, type Locale } from "@/locales/locale.ts";
import type { ModelService } from "@/models/service.ts";
import { toChatText } from "./chat-text.ts";
import { diagnose, type Problem } from "./diagnose.ts";
import { codexReason } from "./problem-text.ts";
import type { RunningJobView, StatusPageView, StatusView } from "./view.ts";

interface StatusDeps {
  bind: string;
  authConfigured: boolean;
  sidecar: Pick<VersionReader, "view">;
  relay: Pick<Relay, "view">;
  worker: Pick<Worker, "view">;
  jobs: Pick<JobRepository, "countQueued" | "find">;
  journals: Pick<Journals, "lastLine">;
  models: Pick<ModelService, "lastSync" | "sourceState">;
  programs: Pick<Programs, "view">;
  preflight: Pick<Preflight, "refresh" | "view">;
  gatewayProbe: Pick<GatewayProbe, "refresh" | "view">;
  memoryGate: MemoryGate;
  memoryHistory: Pick<MemoryHistory, "view">;
  checks: Pick<CheckHistory, "view">;
  audit: Pick<Audit, "view">;
  /** Tries a write. */
  isDatabaseWritable: () => boolean;
  backup: Pick<DailyBackup, "view">;
  /** Masks what looks like a secret in texts that others wrote. */
  redact: (text: string) => string;
  clock: Clock;
}

export interface StatusService {
  /** Asks for a fresh gateway check, but never waits for a slow one. */
  view(locale?: Locale): Promise<StatusView>;
  /** The same with its history, and with what the running job does for those who may see that. */
  page(reader: { locale: Locale; seesJobs: boolean }): Promise<StatusPageView>;
  /** The same for a chat. */
  chatText(locale: Locale): Promise<string>;
  executors(locale?: Locale): ExecutorsView;
}

/** Reads all parts; changes none. */
export const createStatusService = (deps: StatusDeps): StatusService => {
  const { bind, authConfigured, sidecar, relay, clock } = deps;
  const { worker, jobs, journals, models, programs, preflight, gatewayProbe, checks, audit, backup } = deps;
  const { memoryGate, memoryHistory, redact } = deps;
  const startedAtMs = clock.monotonicMs();
  const startedAt = toTimestamp(clock.now());

  const executors = (locale: Locale = defaultLocale): ExecutorsView => {
    preflight.refresh();
    const { codex, gemini, shell } = programs.view();
    const findings = preflight.view();
    return { codex: { ...codex, ...findings, reason: codexReason(findings, locale) }, gemini, shell };
  };

  const view = async (locale?: Locale): Promise<StatusView> => {
    await gatewayProbe.refresh();
    const gateway = gatewayProbe.view();
    return {
      service: {
        name: SERVICE_NAME,
        version: CONTRACT_VERSION,
        release: RELEASE,
        time: toTimestamp(clock.now()),
        bind,
        uptime_seconds: Math.floor((clock.monotonicMs() - startedAtMs) / 1000),
        auth_configured: authConfigured,
      },
      worker: { ...worker.view(), queue_size: jobs.countQueued(), concurrency: 1 },
      executors: executors(locale),
      last_model_sync: models.lastSync(),
      model_source: await models.sourceState(),
      sidecar_probe: gateway.probe,
      breaker: gateway.breaker,
      memory: memoryGate.view(),
      audit: audit.view(),
      database: { writable: deps.isDatabaseWritable() },
      backup: backup.view(),
      relay: relay.view(),
      sidecar: sidecar.view(),
    };
  };

  const runningJob = (jobId: string | null, seesJobs: boolean): RunningJobView | null => {
    const job = jobId === null ? undefined : jobs.find(jobId);
    if (!job?.startedAt) return null;
    return { job_id: job.jobId, started_at: job.startedAt, last_line: seesJobs ? journals.lastLine(job.jobId) : "" };
  };

  /** Only what others wrote: our own sentences speak of tokens too. */
  const maskValues = <Found extends Problem>(problem: Found): Found => {
    const masked = Object.entries(problem.values).map(([name, value]) => [name, redact(String(value))]);
    return { ...problem, values: Object.fromEntries(masked) };
  };

  return {
    executors,
    view,
    async page({ locale, seesJobs }) {
      const now = await view(locale);
      return {
        ...now,
        started_at: startedAt,
        history: { memory_mib: memoryHistory.view(), checks: checks.view() },
        running_job: runningJob(now.worker.current_job_id, seesJobs),
      };
    },
    async chatText(locale) {
      const now = await view(locale);
      const running = runningJob(now.worker.current_job_id, false);
      return toChatText({ view: now, running, problems: diagnose(now).map(maskValues) }, locale);
    },
  };
};
