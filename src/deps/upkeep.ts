import { createBackupChild } from "@/backup/child.ts";
import { createDailyBackup } from "@/backup/daily.ts";
import type { Config } from "@/config.ts";
import { createMemoryHistory } from "@/gates/memory-history.ts";
import { createHousekeeping } from "@/housekeeping.ts";
import type { Base, Overrides } from "./base.ts";
import type { GatewayFeature } from "./gateway.ts";
import type { JobFeature } from "./jobs.ts";

interface UpkeepParts {
  base: Base;
  overrides: Pick<Overrides, "self" | "heartbeat">;
  jobs: JobFeature;
  gateway: GatewayFeature;
}

export type Upkeep = ReturnType<typeof buildUpkeep>;

/** What is done once a minute. */
export const buildUpkeep = (config: Config, { base, overrides, jobs, gateway }: UpkeepParts) => {
  const { memoryGate, orphans, clock, logger } = base;
  const { self, heartbeat } = overrides;
  const memoryHistory = createMemoryHistory({ memoryGate });
  const backup = createDailyBackup({
    folder: config.backup.folder,
    backUp: self ? createBackupChild({ self, config, orphans, clock }) : async () => "",
    memoryGate,
    clock,
    logger,
  });
  const housekeeping = createHousekeeping({
    tasks: [
      { name: "memory sample", run: memoryHistory.sample },
      { name: "check history", run: gateway.checks.save },
      { name: "job retention", run: jobs.retention.run },
      ...(self ? [{ name: "daily backup", run: backup.run }] : []),
      { name: "watchdog", run: () => (jobs.worker.view().running ? heartbeat?.() : undefined) },
    ],
    clock,
    logger,
  });
  return { memoryHistory, backup, housekeeping };
};
