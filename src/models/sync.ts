import { z } from "zod";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import { diffProviders, isChange } from "./diff.ts";
import type { SourceStat } from "./pull.ts";
import { type ProviderRecord, toProviderDetailView, toSkippedReport } from "./record.ts";
import type { ModelRepository, StoredModel, StoredSync } from "./repository.ts";
import {
  ChangesView,
  type ModelSourceView,
  SkippedReport,
  type StoredProviderView,
  type SyncHistoryView,
  type SyncView,
} from "./view.ts";

/** What `sync_events.detail` holds, as JSON. */
const SyncDetail = SkippedReport.extend({
  changes: ChangesView,
  warnings: z.array(z.string()),
  default_provider_id: z.string(),
  /** The file that a pull would have read, as of when the sync began. */
  file: z.object({ source: z.string(), modified_ms: z.number(), size: z.number() }).nullable(),
});
type SyncDetail = z.infer<typeof SyncDetail>;

const EMPTY_DETAIL: SyncDetail = {
  changes: diffProviders([], []),
  warnings: [],
  ...toSkippedReport([]),
  default_provider_id: "",
  file: null,
};

export interface Sync {
  providers: readonly ProviderRecord[];
  source: string;
  traceId: string;
  warnings: string[];
  report: SkippedReport;
  /** "" if the source names none. */
  defaultProviderId: string;
  /** AstrBot's file as it was before its content was read. */
  file: SourceStat;
}

export interface SyncResult {
  imported: SyncView;
  /** False if all was stored already: the snapshot stays as it is then. */
  changed: boolean;
  changes: ChangesView;
}

const MAX_LOGGED = 20;

/** The end of every import: compares with what is stored, replaces it if it differs, and records the sync. */
export const createSyncRecorder =
  ({ repository, clock, logger }: { repository: ModelRepository; clock: Clock; logger: Logger }) =>
  ({ providers, source, traceId, warnings, report, defaultProviderId, file }: Sync): SyncResult => {
    const changes = diffProviders(repository.list(), providers);
    const changed = isChange(changes);
    const detail: SyncDetail = {
      changes,
      warnings,
      ...report,
      default_provider_id: defaultProviderId,
      file: file.kind === "found" ? { source: file.source, modified_ms: file.modifiedMs, size: file.size } : null,
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
        added: loggedNames(changes.added),
        removed: loggedNames(changes.removed),
        changed: loggedNames(changes.changed),
        skipped: loggedNames(report.skipped),
        skipped_count: report.skipped_count,
      },
      "models synced",
    );
    return { imported: toSyncView(sync), changed, changes };
  };

/** Masked, since a key may have been entered in place of an id. */
const loggedNames = (rows: readonly { provider_id: string }[]): string[] =>
  rows.slice(0, MAX_LOGGED).map((row) => maskSecretPieces(row.provider_id));

/** @returns null for a sync of the predecessor, and for a detail that is not ours. */
export const parseDetail = (text: string | null | undefined): SyncDetail | null => {
  try {
    return SyncDetail.safeParse(JSON.parse(text ?? "null")).data ?? null;
  } catch {
    return null;
  }
};

export const toStoredProviderView = (row: StoredModel): StoredProviderView => ({
  ...toProviderDetailView(row),
  source: row.source,
  imported_at: row.importedAt,
});

export const toSyncView = (sync: Omit<StoredSync, "id" | "changed" | "detail">): SyncView => ({
  imported_at: sync.importedAt,
  source: sync.source,
  provider_count: sync.providerCount,
  trace_id: sync.traceId,
});

export const toSyncHistoryView = (sync: StoredSync): SyncHistoryView => {
  const { file, ...detail } = parseDetail(sync.detail) ?? EMPTY_DETAIL;
  return { id: sync.id, ...toSyncView(sync), changed: sync.changed, ...detail };
};

/** Whether AstrBot's file has changed since the last sync, from whichever source that came. */
export const toModelSourceView = (
  file: SourceStat,
  lastSync: StoredSync | undefined,
  hasProvider: (id: string) => boolean,
): ModelSourceView => {
  const defaultId = parseDetail(lastSync?.detail)?.default_provider_id ?? "";
  return {
    source: file.source,
    state: stateOf(file, lastSync),
    modified_at: file.kind === "found" ? toTimestamp(new Date(file.modifiedMs)) : null,
    default_provider: defaultId === "" ? null : { provider_id: defaultId, exists: hasProvider(defaultId) },
  };
};

const stateOf = (file: SourceStat, lastSync: StoredSync | undefined): ModelSourceView["state"] => {
  if (!lastSync) return "never_synced";
  if (file.kind !== "found") return file.kind;
  const detail = parseDetail(lastSync.detail);
  // The predecessor stored the time of its sync only, to the second.
  if (!detail)
    return Math.floor(file.modifiedMs / 1000) * 1000 > Date.parse(lastSync.importedAt) ? "changed" : "unchanged";
  // Not "later": a file restored from a backup is older, and different.
  const { source, modified_ms, size } = detail.file ?? {};
  return source === file.source && modified_ms === file.modifiedMs && size === file.size ? "unchanged" : "changed";
};
