import type { Audit } from "@/audit/audit.ts";
import type { Preflight } from "@/executor/codex/preflight.ts";
import type { Programs } from "@/executor/programs.ts";
import type { CodexView, ExecutorsView } from "@/executor/view.ts";
import type { MemoryHistory } from "@/gates/memory.ts";
import type { CheckHistory } from "@/gateway/check-history.ts";
import type { GatewayProbe } from "@/gateway/probe.ts";
import type { VersionReader } from "@/gateway/sidecar.ts";
import type { QueueHold } from "@/jobs/hold.ts";
import type { Journals } from "@/jobs/journal.ts";
import type { JobRepository } from "@/jobs/repository.ts";
import { isCodexFailure, saidIn } from "@/jobs/state.ts";
import type { Worker } from "@/jobs/worker.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { CONTRACT_VERSION, RELEASE, SERVICE_NAME } from "@/lib/identity.ts";
import { defaultLocale, type Locale } from "@/locales/translate.ts";
import type { ModelService } from "@/models/service.ts";
import { toChatText } from "./chat-text.ts";
import { diagnose, type Observation, observe } from "./diagnose.ts";
import type { FirstRun } from "./first-run.ts";
import type { HostCommands } from "./host-commands.ts";
import { codexReason } from "./problem-text.ts";
import type { GatewayUnit } from "./unit-state.ts";
import type { StatusView } from "./view.ts";

/** An older failure says little of now. */
const MAX_FAILURE_AGE_MS = 24 * 60 * 60 * 1000;

/** Shown as they are. */
type Part = "memory" | "audit" | "database" | "backup" | "relay" | "notify" | "watch";

interface StatusDeps {
  parts: { readonly [Name in Part]: { view(): StatusView[Name] } };
  bind: string;
  authConfigured: boolean;
  sidecar: VersionReader;
  gatewayUnit: GatewayUnit;
  worker: Worker;
  jobs: JobRepository;
  hold: Pick<QueueHold, "current">;
  journals: Journals;
  models: ModelService;
  programs: Programs;
  preflight: Preflight;
  gatewayProbe: GatewayProbe;
  checks: CheckHistory;
  memoryHistory: MemoryHistory;
  audit: Pick<Audit, "isWritable">;
  hostCommands: () => HostCommands;
  firstRun: FirstRun;
  redact: (text: string) => string;
  clock: Clock;
}

/** Reads every part and changes none. */
export const createStatusService = (deps: StatusDeps) => {
  const { gatewayProbe, preflight, programs, jobs, parts, clock } = deps;
  const startedAtMs = clock.monotonicMs();
  const startedAt = toTimestamp(clock.now());

  const lastJobFailure = (): CodexView["last_job_failure"] => {
    const job = jobs.lastRun();
    const { jobId, errorCode, error, finishedAt } = job ?? {};
    if (!job || !jobId || !finishedAt || !isCodexFailure(errorCode)) return null;
    if (clock.now().getTime() - Date.parse(finishedAt) > MAX_FAILURE_AGE_MS) return null;
    return { job_id: jobId, error_code: errorCode, error: error ?? "", said: saidIn(job), at: finishedAt };
  };

  const executorsNow = (locale: Locale = defaultLocale): ExecutorsView => {
    const { codex, gemini, shell } = programs.view();
    const held = deps.hold.current();
    const kind = held?.reason === "quota" ? "quota" : "auth";
    const view = {
      ...codex,
      ...preflight.view(),
      // Unlike Codex's last failure, this one survives a restart.
      ...(held && { last_failure: { kind, at: held.since, message: held.message } as const }),
      ...(held?.reason === "login" && { logged_in: false }),
      retry_at: held?.retryAt ?? null,
      last_job_failure: lastJobFailure(),
    };
    return { codex: { ...view, reason: codexReason(view, locale) }, gemini, shell };
  };

  /** Looks at Codex soon if that is due. */
  const executors = (locale?: Locale): ExecutorsView => {
    preflight.refresh();
    return executorsNow(locale);
  };

  /** Starts nothing. */
  const viewNow = async (locale?: Locale): Promise<StatusView> => {
    const gateway = gatewayProbe.view();
    return {
      service: {
        name: SERVICE_NAME,
        version: CONTRACT_VERSION,
        release: RELEASE,
        time: toTimestamp(clock.now()),
        bind: deps.bind,
        uptime_seconds: Math.floor((clock.monotonicMs() - startedAtMs) / 1000),
        auth_configured: deps.authConfigured,
      },
      worker: { ...deps.worker.view(), queue_size: jobs.countQueued(), concurrency: 1 },
      executors: executorsNow(locale),
      last_model_sync: deps.models.lastSync(),
      model_source: await deps.models.sourceState(),
      sidecar_probe: gateway.probe,
      breaker: gateway.breaker,
      memory: parts.memory.view(),
      audit: parts.audit.view(),
      database: parts.database.view(),
      backup: parts.backup.view(),
      relay: parts.relay.view(),
      notify: parts.notify.view(),
      sidecar: { ...deps.sidecar.view(), unit: deps.gatewayUnit.view() },
      watch: parts.watch.view(),
    };
  };

  /** Starts a gateway check if one is due, but never waits for a slow one. */
  const view = async (locale?: Locale): Promise<StatusView> => {
    preflight.refresh();
    await gatewayProbe.refresh();
    if (!gatewayProbe.view().probe.ok) await deps.gatewayUnit.refresh();
    return viewNow(locale);
  };

  const runningJob = (jobId: string | null, seesJobs: boolean) => {
    const job = jobId === null ? undefined : jobs.find(jobId);
    if (!job?.startedAt) return null;
    const last_line = seesJobs ? deps.journals.lastLine(job.jobId) : "";
    return { job_id: job.jobId, started_at: job.startedAt, last_line };
  };

  /** The view and what the page shows besides; `seesJobs` adds the running job's output. */
  const page = async ({ locale, seesJobs }: { locale: Locale; seesJobs: boolean }) => {
    const now = await view(locale);
    return {
      ...now,
      first_run: deps.firstRun(now),
      started_at: startedAt,
      commands: deps.hostCommands(),
      history: { memory_mib: deps.memoryHistory.view(), checks: deps.checks.view() },
      running_job: runningJob(now.worker.current_job_id, seesJobs),
    };
  };

  return {
    executors,
    view,
    page,
    /** A look without a reader: waits for the gateway, starts no program. */
    async look(signal: AbortSignal): Promise<Observation[]> {
      await gatewayProbe.check();
      if (signal.aborted) return [];
      // What has failed to be written is tried again by nobody else.
      deps.audit.isWritable();
      const now = await viewNow();
      deps.firstRun(now);
      const { sidecar_probe: probe, breaker } = now;
      const ok = probe.ok && breaker.state !== "open";
      if (probe.detail !== "not_checked_yet")
        deps.checks.fill({ ok, error_type: ok ? "" : probe.error_type || "unknown" });
      return observe(now);
    },
    async chatText(locale: Locale): Promise<string> {
      const now = await page({ locale, seesJobs: false });
      // Only what others wrote is masked: our own sentences mention tokens too.
      const mask = ([name, value]: [string, string | number]) => [name, deps.redact(String(value))];
      const problems = diagnose(now).map(({ values, ...problem }) => ({
        ...problem,
        values: Object.fromEntries(Object.entries(values).map(mask)),
      }));
      return toChatText(now, problems, locale);
    },
  };
};

export type StatusService = ReturnType<typeof createStatusService>;
export type StatusPageView = Awaited<ReturnType<StatusService["page"]>>;
