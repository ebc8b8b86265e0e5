import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import { compareProviders, isChange } from "./changes.ts";
import type { SeenFile } from "./file-watch.ts";
import type { ProviderRecord } from "./record.ts";
import type { ModelRepository } from "./repository.ts";
import { toSyncView } from "./stored-view.ts";
import type { SyncDetail } from "./sync-detail.ts";
import type { ChangesView, SkippedReport, SyncView } from "./view.ts";

export interface Sync {
  providers: readonly ProviderRecord[];
  source: string;
  traceId: string;
  warnings: readonly string[];
  report: SkippedReport;
  /** "" when the source named none. */
  defaultProviderId: string;
  /** AstrBot's file as it was before its content was read. */
  seenFile: SeenFile;
}

export interface SyncResult {
  imported: SyncView;
  /** False when all was stored already: the snapshot stays as it is then. */
  changed: boolean;
  changes: ChangesView;
}

export type SyncRecorder = (sync: Sync) => SyncResult;

const MAX_LOGGED = 20;

/** Every way to new models ends here: compares with what is stored, replaces it if it differs, and notes the sync. */
export const createSyncRecorder =
  ({ repository, clock, logger }: { repository: ModelRepository; clock: Clock; logger: Logger }): SyncRecorder =>
  ({ providers, source, traceId, warnings, report, defaultProviderId, seenFile }) => {
    const changes = compareProviders(repository.list(), providers);
    const changed = isChange(changes);
    const { stamp } = seenFile;
    const detail: SyncDetail = {
      changes,
      warnings: [...warnings],
      ...report,
      default_provider_id: defaultProviderId,
      file: stamp && { source: seenFile.source, modified_ms: stamp.modifiedMs, size: stamp.size },
    };
    const sync = {
      importedAt: toTimestamp(clock.now()),
      source,
      providerCount: providers.length,
      traceId,
      changed,
      detail: JSON.stringify(detail),
    };
    if (changed) repository.replaceSnapshot(providers, sync);
    else repository.addSync(sync);
    logger.info(
      {
        trace_id: traceId,
        source: maskSecretPieces(source),
        provider_count: providers.length,
        added: namesOf(changes.added),
        removed: namesOf(changes.removed),
        changed: namesOf(changes.changed),
        skipped: namesOf(report.skipped),
        skipped_count: report.skipped_count,
      },
      "models synced",
    );
    return { imported: toSyncView(sync), changed, changes };
  };

/** Somebody may have put a key where the id belongs. */
const namesOf = (rows: readonly { provider_id: string }[]): string[] =>
  rows.slice(0, MAX_LOGGED).map((row) => maskSecretPieces(row.provider_id));
