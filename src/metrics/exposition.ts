import type { Audit } from "@/audit/audit.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { GatewayProbe } from "@/gateway/probe.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { JobRepository } from "@/jobs/repository.ts";
import type { Worker } from "@/jobs/worker.ts";
import type { Clock } from "@/lib/clock.ts";
import type { ModelService } from "@/models/service.ts";
import type { Readiness } from "@/status/readiness.ts";
import { gauge, toText } from "./family.ts";
import { jobFamilies } from "./job-families.ts";
import { processFamilies } from "./process-families.ts";
import type { MetricsRecorder } from "./recorder.ts";
import { statusFamilies } from "./status-families.ts";

interface ExpositionDeps {
  recorder: MetricsRecorder;
  readiness: Readiness;
  worker: Pick<Worker, "view">;
  jobs: Pick<JobRepository, "countByState" | "nextQueued">;
  gatewayProbe: Pick<GatewayProbe, "refresh" | "view">;
  relay: Pick<Relay, "view">;
  memoryGate: Pick<MemoryGate, "view">;
  audit: Pick<Audit, "view">;
  models: Pick<ModelService, "lastSync">;
  clock: Clock;
}

/** All metrics as text. A scrape asks for a fresh check of the gateway, as every look at the status does. */
export const createExposition = (deps: ExpositionDeps) => {
  const { recorder, readiness, worker, jobs, gatewayProbe, relay, memoryGate, audit, models, clock } = deps;
  return async (): Promise<string> => {
    await gatewayProbe.refresh();
    const { probe, breaker } = gatewayProbe.view();
    return toText([
      ...gauge("openclaw_backend_ready", "What /readyz says.", Number(readiness.fault() === undefined)),
      ...statusFamilies({
        worker: worker.view(),
        sidecar_probe: probe,
        breaker,
        relay: relay.view(),
        memory: memoryGate.view(),
        audit: audit.view(),
        last_model_sync: models.lastSync(),
      }),
      ...jobFamilies({
        byState: jobs.countByState(),
        oldestQueuedAt: jobs.nextQueued()?.createdAt ?? null,
        at: clock.now(),
      }),
      ...recorder.families(),
      ...(await processFamilies(clock)),
    ]);
  };
};

export type Exposition = ReturnType<typeof createExposition>;
