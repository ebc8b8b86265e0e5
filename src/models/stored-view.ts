import { toProviderDetailView } from "./record.ts";
import type { StoredModel, StoredSync } from "./repository.ts";
import { parseDetail } from "./sync-detail.ts";
import type { ChangesView, StoredProviderView, SyncHistoryView, SyncView } from "./view.ts";

export const toStoredProviderView = (row: StoredModel): StoredProviderView => ({
  ...toProviderDetailView(row),
  imported_at: row.importedAt,
  source: row.source,
});

export const toSyncView = (sync: Omit<StoredSync, "id" | "changed" | "detail">): SyncView => ({
  imported_at: sync.importedAt,
  source: sync.source,
  provider_count: sync.providerCount,
  trace_id: sync.traceId,
});

const UNKNOWN: ChangesView = {
  added_count: 0,
  removed_count: 0,
  changed_count: 0,
  added: [],
  removed: [],
  changed: [],
};

export const toSyncHistoryView = (sync: StoredSync): SyncHistoryView => {
  const detail = parseDetail(sync.detail);
  return {
    id: sync.id,
    ...toSyncView(sync),
    changed: sync.changed,
    changes: detail?.changes ?? UNKNOWN,
    warnings: detail?.warnings ?? [],
    skipped_count: detail?.skipped_count ?? 0,
    skipped: detail?.skipped ?? [],
    default_provider_id: detail?.default_provider_id ?? "",
  };
};
