import { join } from "node:path";
import { createAudit } from "@/audit/audit.ts";
import { createAuditReader } from "@/audit/reader.ts";
import { type Clock, systemClock } from "@/clock.ts";
import type { Config } from "@/config.ts";
import { openDatabase } from "@/db/client.ts";
import { messageOf } from "@/errors.ts";
import { type Cgroups, noCgroups } from "@/executor/cgroup.ts";
import { noOrphans, type Orphans } from "@/executor/orphans.ts";
import { createFileSink } from "@/file-sink.ts";
import { createMeminfo } from "@/gates/meminfo.ts";
import { createMemoryGate, type MemoryGate } from "@/gates/memory.ts";
import { createLogger, type Logger } from "@/logger.ts";
import { createMetricsRecorder } from "@/metrics/recorder.ts";

const AUDIT_MAX_BYTES = 16 * 1024 * 1024;
const AUDIT_KEEP = 4;

/** What a test may put in place of the real part, and what is the whole process's to decide. */
export interface Overrides {
  clock?: Clock;
  fetch?: typeof fetch;
  memoryGate?: MemoryGate;
  logger?: Logger;
  orphans?: Orphans;
  cgroups?: Cgroups;
  /** How this program is started; without it there is no daily backup. */
  self?: readonly [string, ...string[]];
  /** Called once a minute while the worker takes jobs. */
  heartbeat?: () => void;
}

export type Base = ReturnType<typeof buildBase>;

/**
 * What every feature stands on.
 * @throws StartupError when the database cannot be used.
 */
export const buildBase = (config: Config, overrides: Overrides) => {
  const { clock = systemClock, orphans = noOrphans, cgroups = noCgroups } = overrides;
  const logger =
    overrides.logger ??
    createLogger({
      path: join(config.logDir, "backend.log"),
      clock,
      onFailure: (error) => console.error(`log write failed: ${messageOf(error)}`),
    });
  const auditSink = createFileSink({ path: config.auditPath, maxBytes: AUDIT_MAX_BYTES, keep: AUDIT_KEEP });
  const audit = createAudit({ sink: auditSink, clock, logger });
  const auditReader = createAuditReader({ path: config.auditPath, keep: AUDIT_KEEP });
  const recorder = createMetricsRecorder();
  audit.onRecord(recorder.noteEvent);
  const database = openDatabase(config.dbPath);
  const memoryGate = overrides.memoryGate ?? createMemoryGate(createMeminfo({ clock }));
  return { clock, orphans, cgroups, logger, auditSink, audit, auditReader, recorder, database, memoryGate };
};
