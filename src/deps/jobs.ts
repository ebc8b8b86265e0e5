import { dirname, join } from "node:path";
import type { Config } from "@/config.ts";
import { createCodexExecutor } from "@/executor/codex.ts";
import { endLeftover } from "@/executor/leftovers.ts";
import { createPreflight } from "@/executor/preflight.ts";
import { createPrograms } from "@/executor/programs.ts";
import { createRedactor } from "@/executor/redact.ts";
import { runAsFor } from "@/executor/run-as.ts";
import { createWorkdirs } from "@/executor/workdir.ts";
import { newJobId } from "@/ids.ts";
import { createJournals } from "@/jobs/journal.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { createRetention } from "@/jobs/retention.ts";
import { createJobService } from "@/jobs/service.ts";
import { createJobSignals } from "@/jobs/signals.ts";
import { createWorker } from "@/jobs/worker.ts";
import type { Base } from "./base.ts";

/** What must not show in a job's output: our own tokens, and the keys that Codex was given. */
const secretsOf = ({ apiToken, gateway, backupGateway, environment, executor }: Config): string[] => {
  const keys = ["OPENAI_API_KEY", "CODEX_API_KEY", ...executor.passEnv].map((name) => environment[name] ?? "");
  return [apiToken, gateway.token, backupGateway?.token ?? "", ...keys];
};

export type JobFeature = ReturnType<typeof buildJobs>;

/** Jobs, and Codex, which runs them. */
export const buildJobs = (
  config: Config,
  { clock, orphans, cgroups, logger, audit, recorder, database, memoryGate }: Base,
) => {
  const { passEnv, memoryFloorMib, recheckMs, allowGlobalWorkdir, allowedWorkdirs } = config.executor;
  const { runAs, environment } = runAsFor(config);
  const programs = createPrograms({ ...config.executor, environment: config.environment });
  const workdirs = createWorkdirs({ home: config.home, allowGlobal: allowGlobalWorkdir, allowedWorkdirs });
  const redact = createRedactor(secretsOf(config));
  const executor = createCodexExecutor({
    ...config.executor,
    programs,
    workdirs,
    environment,
    runAs,
    isMemoryCritical: () => (memoryGate.view().available_mib ?? Infinity) < memoryFloorMib,
    redact,
    cgroups,
    orphans,
    clock,
  });
  const preflight = createPreflight({ programs, environment, runAs, passEnv, recheckMs, orphans, clock });
  const repository = createJobRepository(database.db);
  const journals = createJournals({ folder: join(dirname(config.dbPath), "jobs"), clock, logger });
  const signals = createJobSignals(clock);
  const retention = createRetention({ repository, journals, ...config.retention, clock, logger });
  const worker = createWorker({
    repository,
    executor,
    endLeftover: (leftover) => endLeftover(leftover, cgroups, clock),
    refusal: preflight.refusal,
    memoryGate,
    journals,
    signals,
    onEnded(job, outcome) {
      recorder.noteRun(job);
      preflight.learn(outcome);
    },
    timing: config.executor,
    audit,
    clock,
    logger,
  });
  const service = createJobService({
    ...config.executor,
    repository,
    worker,
    journals,
    signals,
    programs,
    workdirs,
    memoryGate,
    audit,
    clock,
    newId: newJobId,
  });
  return { service, worker, repository, journals, signals, retention, programs, preflight, redact };
};
