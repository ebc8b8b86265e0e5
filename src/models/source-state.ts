import { toTimestamp } from "@/lib/clock.ts";
import type { FileWatch, SeenFile } from "./file-watch.ts";
import type { ModelRepository, StoredSync } from "./repository.ts";
import { parseDetail, type SyncDetail } from "./sync-detail.ts";
import type { ModelSourceView } from "./view.ts";

interface SourceStateDeps {
  repository: Pick<ModelRepository, "lastSync" | "has">;
  watch: FileWatch;
}

/** What a look at the status needs of it. */
type Known = Pick<SyncDetail, "default_provider_id" | "file">;

/** Whether AstrBot's file has changed since the last sync, whichever way that came. */
export const createSourceState = ({ repository, watch }: SourceStateDeps) => {
  /** Of the sync that the repository gave last; to read it anew was a third of what a look cost. */
  let kept: { sync: StoredSync | undefined; known: Known | null } | undefined;
  const knownOf = (sync: StoredSync | undefined): Known | null => {
    if (kept === undefined || kept.sync !== sync) kept = { sync, known: readKnown(sync) };
    return kept.known;
  };

  return async (): Promise<ModelSourceView> => {
    const seen = await watch.look();
    const lastSync = repository.lastSync();
    const known = knownOf(lastSync);
    const defaultId = known?.default_provider_id ?? "";
    return {
      source: seen.source,
      state: stateOf(seen, lastSync, known),
      modified_at: seen.stamp && toTimestamp(new Date(seen.stamp.modifiedMs)),
      default_provider: defaultId === "" ? null : { provider_id: defaultId, exists: repository.has(defaultId) },
    };
  };
};

/** Without the changes, which may be long. */
const readKnown = (sync: StoredSync | undefined): Known | null => {
  const detail = parseDetail(sync?.detail ?? null);
  return detail && { default_provider_id: detail.default_provider_id, file: detail.file };
};

const stateOf = (
  { source, stamp, readable }: SeenFile,
  lastSync: StoredSync | undefined,
  known: Known | null,
): ModelSourceView["state"] => {
  if (!lastSync) return "never_synced";
  if (!readable) return "unreadable";
  if (stamp === null) return "missing";
  if (known === null) return isLater(stamp.modifiedMs, lastSync.importedAt) ? "changed" : "unchanged";
  // Not "later": a file put back from a backup is older, and another one.
  const { file } = known;
  const isSame = file?.source === source && file.modified_ms === stamp.modifiedMs && file.size === stamp.size;
  return isSame ? "unchanged" : "changed";
};

/** The predecessor noted the time only, to the second. */
const isLater = (modifiedMs: number, importedAt: string): boolean =>
  Math.floor(modifiedMs / 1000) * 1000 > new Date(importedAt).getTime();
