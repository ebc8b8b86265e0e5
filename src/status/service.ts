import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/clock.ts";
import type { Preflight } from "@/executor/preflight.ts";
import type { Programs } from "@/executor/programs.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { GatewayProbe } from "@/gateway/probe.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { VersionReader } from "@/gateway/version.ts";
import { codexReason } from "@/i18n/codex.ts";
import { defaultLocale, type Locale } from "@/i18n/locale.ts";
import type { JobRepository } from "@/jobs/repository.ts";
import type { Worker } from "@/jobs/worker.ts";
import type { ModelService } from "@/models/service.ts";
import { CONTRACT_VERSION, RELEASE, SERVICE_NAME } from "@/version.ts";
import type { ExecutorsView, StatusView } from "./view.ts";

interface StatusDeps {
  bind: string;
  authConfigured: boolean;
  sidecar: Pick<VersionReader, "view">;
  relay: Pick<Relay, "view">;
  worker: Pick<Worker, "view">;
  jobs: Pick<JobRepository, "countQueued">;
  models: Pick<ModelService, "lastSync" | "sourceState">;
  programs: Pick<Programs, "view">;
  preflight: Pick<Preflight, "refresh" | "view">;
  gatewayProbe: Pick<GatewayProbe, "freshen" | "view">;
  memoryGate: MemoryGate;
  audit: Pick<Audit, "view">;
  clock: Clock;
}

export interface StatusService {
  /** Asks for a fresh gateway check, but never waits for a slow one. */
  view(locale?: Locale): Promise<StatusView>;
  executors(locale?: Locale): ExecutorsView;
}

/** Reads all parts; changes none. */
export const createStatusService = (deps: StatusDeps): StatusService => {
  const { bind, authConfigured, sidecar, relay, clock } = deps;
  const { worker, jobs, models, programs, preflight, gatewayProbe, memoryGate, audit } = deps;
  const startedAtMs = clock.monotonicMs();

  const executors = (locale: Locale = defaultLocale): ExecutorsView => {
    preflight.refresh();
    const { codex, gemini, shell } = programs.view();
    const findings = preflight.view();
    return { codex: { ...codex, ...findings, reason: codexReason(findings, locale) }, gemini, shell };
  };

  return {
    executors,
    async view(locale) {
      await gatewayProbe.freshen();
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
        relay: relay.view(),
        sidecar: sidecar.view(),
      };
    },
  };
};
