import { toTimestamp } from "@/clock.ts";
import type { FileWatch, SeenFile } from "./file-watch.ts";
import type { ModelRepository, StoredSync } from "./repository.ts";
import { parseDetail, type SyncDetail } from "./sync-detail.ts";
import type { ModelSourceView } from "./view.ts";

interface SourceStateDeps {
  repository: Pick<ModelRepository, "lastSync" | "has">;
  watch: FileWatch;
}

/** Whether AstrBot's file has changed since the last sync, whichever way that came. */
export const createSourceState =
  ({ repository, watch }: SourceStateDeps) =>
  async (): Promise<ModelSourceView> => {
    const seen = await watch.look();
    const lastSync = repository.lastSync();
    const detail = parseDetail(lastSync?.detail ?? null);
    const defaultId = detail?.default_provider_id ?? "";
    return {
      source: seen.source,
      state: stateOf(seen, lastSync, detail),
      modified_at: seen.stamp && toTimestamp(new Date(seen.stamp.modifiedMs)),
      default_provider: defaultId === "" ? null : { provider_id: defaultId, exists: repository.has(defaultId) },
    };
  };

const stateOf = (
  { source, stamp, readable }: SeenFile,
  lastSync: StoredSync | undefined,
  detail: SyncDetail | null,
): ModelSourceView["state"] => {
  if (!lastSync) return "never_synced";
  if (!readable) return "unreadable";
  if (stamp === null) return "missing";
  if (detail === null) return isLater(stamp.modifiedMs, lastSync.importedAt) ? "changed" : "unchanged";
  // Not "later": a file put back from a backup is older, and another one.
  const known = detail.file;
  const isSame = known?.source === source && known.modified_ms === stamp.modifiedMs && known.size === stamp.size;
  return isSame ? "unchanged" : "changed";
};

/** The predecessor noted the time only, to the second. */
const isLater = (modifiedMs: number, importedAt: string): boolean =>
  Math.floor(modifiedMs / 1000) * 1000 > new Date(importedAt).getTime();
