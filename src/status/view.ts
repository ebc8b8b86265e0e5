import { z } from "zod";
import { AuditView } from "@/audit/audit.ts";
import { BackupView } from "@/backup/daily.ts";
import { ExecutorsView } from "@/executor/view.ts";
import { MemoryView } from "@/gates/memory.ts";
import { BreakerView, ProbeView, RelayView, SidecarView } from "@/gateway/view.ts";
import { ModelSourceView, SyncView } from "@/models/view.ts";
import { NotifyView } from "@/notify/view.ts";
import { UnitState } from "./unit-state.ts";
import { WatchView } from "./watch.ts";

/** Import the types only: the schemas are for the API's description. */

export const StatusView = z.object({
  service: z.object({
    name: z.string(),
    version: z.string().describe("Of the contract, not of this release."),
    release: z.string(),
    time: z.iso.datetime(),
    bind: z.string(),
    uptime_seconds: z.int(),
    auth_configured: z.boolean(),
  }),
  worker: z.object({
    queue_size: z.int(),
    running: z.boolean(),
    concurrency: z.literal(1),
    current_job_id: z.string().nullable(),
  }),
  executors: ExecutorsView,
  last_model_sync: SyncView.nullable(),
  model_source: ModelSourceView.describe("How the stored models stand to AstrBot's file now."),
  sidecar_probe: ProbeView,
  breaker: BreakerView,
  memory: MemoryView,
  audit: AuditView,
  database: z.object({
    writable: z.boolean().describe("As of the last ten seconds; false for a full disk, a lock or a damaged file."),
    in_place: z
      .boolean()
      .describe("False while another file, or none, has the open database's name: writes are refused."),
  }),
  backup: BackupView,
  relay: RelayView,
  notify: NotifyView,
  sidecar: SidecarView.extend({
    unit: UnitState.nullable().describe(
      "Its systemd unit or container, read while it does not answer; null if unknown.",
    ),
  }),
  watch: WatchView,
});
/** One read-only view for page and API alike. */
export type StatusView = z.output<typeof StatusView>;
