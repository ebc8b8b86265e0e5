import { z } from "zod";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import { diffProviders, isChange } from "./diff.ts";
import type { SourceStat } from "./pull.ts";
import { type ProviderRecord, toProviderDetailView } from "./record.ts";
import type { ModelRepository, StoredModel, StoredSync } from "./repository.ts";
import {
  ChangesView,
  type ModelSourceView,
  ReadReport,
  type StoredProviderView,
  type SyncHistoryView,
  type SyncView,
} from "./view.ts";

/** What `sync_events.detail` holds, as JSON. */
const SyncDetail = ReadReport.extend({
  changes: ChangesView,
  /** The file that a pull would have read, as of when the sync began. */
  file: z.object({ source: z.string(), modified_ms: z.number(), size: z.number() }).nullable(),
});
type SyncDetail = z.infer<typeof SyncDetail>;

const EMPTY_DETAIL: SyncDetail = {
  skipped_count: 0,
  skipped: [],
  warnings: [],
  default_provider_id: "",
  changes: diffProviders([], []),
  file: null,
};

export interface Sync {
  providers: readonly ProviderRecord[];
  source: string;
  traceId: string;
  report: ReadReport;
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
  ({ providers, source, traceId, report, file }: Sync): SyncResult => {
    const changes = diffProviders(repository.list(), providers);
    const changed = isChange(changes);
    const detail: SyncDetail = { ...report, changes, file: toStoredFile(file) };
    const sync = {
      importedAt: toTimestamp(clock.now()),
      source,
      providerCount: providers.length,
      traceId,
      changed,
      detail: JSON.stringify(detail),
    };
    repository.addSync(sync, changed ? providers : undefined);
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
const parseDetail = (sync: StoredSync): SyncDetail | null => {
  try {
    return SyncDetail.safeParse(JSON.parse(sync.detail ?? "null")).data ?? null;
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
  const { file, ...detail } = parseDetail(sync) ?? EMPTY_DETAIL;
  return { id: sync.id, ...toSyncView(sync), changed: sync.changed, ...detail };
};

/** Whether AstrBot's file has changed since the last sync, from whichever source that came. */
export const toModelSourceView = (
  file: SourceStat,
  lastSync: StoredSync | undefined,
  hasProvider: (id: string) => boolean,
): ModelSourceView => {
  const detail = lastSync ? parseDetail(lastSync) : null;
  const defaultId = detail?.default_provider_id ?? "";
  return {
    source: file.source,
    state: stateOf(file, lastSync, detail),
    modified_at: file.kind === "found" ? toTimestamp(new Date(file.modifiedMs)) : null,
    default_provider: defaultId === "" ? null : { provider_id: defaultId, exists: hasProvider(defaultId) },
  };
};

const stateOf = (
  file: SourceStat,
  lastSync: StoredSync | undefined,
  detail: SyncDetail | null,
): ModelSourceView["state"] => {
  if (!lastSync) return "never_synced";
  if (file.kind !== "found") return file.kind;
  // The predecessor stored the time of its sync only, to the second. Not "later" for ours: a file restored from a backup
  // is older, and different.
  const isUnchanged = detail
    ? Bun.deepEquals(detail.file, toStoredFile(file))
    : Math.floor(file.modifiedMs / 1000) * 1000 <= Date.parse(lastSync.importedAt);
  return isUnchanged ? "unchanged" : "changed";
};

const toStoredFile = (file: SourceStat): SyncDetail["file"] =>
  file.kind === "found" ? { source: file.source, modified_ms: file.modifiedMs, size: file.size } : null;
