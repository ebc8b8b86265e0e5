import type { Config } from "@/config.ts";
import { createWriteCheck } from "@/db/write-check.ts";
import { createExposition } from "@/metrics/exposition.ts";
import type { ModelService } from "@/models/service.ts";
import { createReadiness, keptFor } from "@/status/readiness.ts";
import { createStatusService } from "@/status/service.ts";
import type { Base } from "./base.ts";
import type { GatewayFeature } from "./gateway.ts";
import type { JobFeature } from "./jobs.ts";
import type { Upkeep } from "./upkeep.ts";

/** A page that is looked at all day costs a small write as often. */
const WRITE_CHECK_KEEP_MS = 10_000;

interface OverviewParts {
  base: Base;
  jobs: JobFeature;
  gateway: GatewayFeature;
  upkeep: Pick<Upkeep, "memoryHistory" | "backup">;
  models: ModelService;
}

/** What looks at all the others: the status, the readiness and the metrics. */
export const buildOverview = (config: Config, { base, jobs, gateway, upkeep, models }: OverviewParts) => {
  const { clock, logger, audit, recorder, database, memoryGate } = base;
  const { worker, repository, journals, programs, preflight, redact } = jobs;
  const { relay, version, checks, probe } = gateway;
  const canWrite = createWriteCheck(database.db);
  const status = createStatusService({
    bind: `${config.host}:${config.port}`,
    authConfigured: config.apiToken !== "",
    sidecar: version,
    relay,
    worker,
    jobs: repository,
    journals,
    models,
    programs,
    preflight,
    gatewayProbe: probe,
    checks,
    memoryGate,
    memoryHistory: upkeep.memoryHistory,
    audit,
    isDatabaseWritable: keptFor(WRITE_CHECK_KEEP_MS, clock, canWrite),
    backup: upkeep.backup,
    redact,
    clock,
  });
  const readiness = createReadiness({
    checks: [
      { fault: "database", isOk: canWrite },
      { fault: "worker", isOk: () => worker.view().running },
      { fault: "audit", isOk: audit.isWritable },
      { fault: "log", isOk: logger.isWritable },
    ],
    clock,
  });
  const exposition = createExposition({
    recorder,
    readiness,
    worker,
    jobs: repository,
    gatewayProbe: probe,
    relay,
    memoryGate,
    audit,
    models,
    clock,
  });
  return { status, readiness, metrics: { recorder, exposition } };
};
