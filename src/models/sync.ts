import { firstOf } from "@/lib/bounded.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { MAX_NAMED_CHARS, NO_PROVIDERS, toReadReport } from "./astrbot/record.ts";
import type { SourceStat } from "./pull.ts";
import type { StoredSync } from "./repository.ts";
import type {
  ChangesView,
  ModelSourceView,
  ProviderDetailView,
  ReadReport,
  StoredProviderView,
  SyncHistoryView,
  SyncView,
} from "./view.ts";

/** All are counted; only the first are named, so that the record of one sync stays small. */
const MAX_NAMED = 200;

const FIELDS = ["model", "provider_type", "base_url", "capability", "vendor", "enabled", "is_default"] as const;

/**
 * What a sync changes. Providers are matched by id, and those that share one in their order.
 * @param before sorted by id.
 */
export const diffProviders = (
  before: readonly ProviderDetailView[],
  after: readonly ProviderDetailView[],
): ChangesView => {
  // Reversed, so that the first of an id is the one to pop.
  const unmatched = Map.groupBy(before.toReversed(), ({ provider_id }) => provider_id);
  const added: ChangesView["added"] = [];
  const changed: ChangesView["changed"] = [];
  for (const provider of after) {
    const old = unmatched.get(provider.provider_id)?.pop();
    if (!old) added.push(toRef(provider));
    else changed.push(...diffFields(old, provider));
  }
  const removed = [...unmatched.values()].flat().toReversed().map(toRef);
  return {
    added_count: added.length,
    removed_count: removed.length,
    changed_count: changed.length,
    added: firstOf(added, MAX_NAMED, MAX_NAMED_CHARS),
    removed: firstOf(removed, MAX_NAMED, MAX_NAMED_CHARS),
    changed: firstOf(changed, MAX_NAMED, MAX_NAMED_CHARS),
  };
};

export const isChange = ({ added_count, removed_count, changed_count }: ChangesView): boolean =>
  added_count + removed_count + changed_count > 0;

const toRef = ({ provider_id, model }: ProviderDetailView) => ({ provider_id, model });

/** One change, or none. */
const diffFields = (before: ProviderDetailView, after: ProviderDetailView): ChangesView["changed"] => {
  const fields = FIELDS.filter((field) => before[field] !== after[field]);
  const pick = (view: ProviderDetailView) => Object.fromEntries(fields.map((field) => [field, view[field]]));
  return fields.length === 0 ? [] : [{ provider_id: after.provider_id, before: pick(before), after: pick(after) }];
};

/** What `sync_events.detail` holds, as JSON. */
export interface SyncDetail extends ReadReport {
  changes: ChangesView;
  /** What a pull would have read, as of when the sync began; null if it could not be read. */
  file: SourceStat["file"];
}

const EMPTY_DETAIL: SyncDetail = {
  ...toReadReport(NO_PROVIDERS),
  changes: diffProviders([], []),
  file: null,
};

/** Of a sync of the predecessor it is empty. */
const parseDetail = (detail: string | null): SyncDetail => ({ ...EMPTY_DETAIL, ...JSON.parse(detail ?? "{}") });

export const toSyncView = ({ id, changed, detail, ...sync }: StoredSync): SyncView => sync;

export const toSyncHistoryView = ({ detail, ...sync }: StoredSync): SyncHistoryView => {
  const { file, ...report } = parseDetail(detail);
  return { ...sync, ...report };
};

/** What the drift is of, as it is called on pages. */
export const originKey = ({ source }: Pick<ModelSourceView, "source">) =>
  source === "astrbot_api" ? "models.drift_of_api" : "models.drift_of_file";

/** Whether AstrBot's file, or what its API lists, has changed since the last sync, from whichever source that came. */
export const toModelSourceView = (
  { source, state, file }: SourceStat,
  lastSync: StoredSync | undefined,
  models: readonly StoredProviderView[],
): ModelSourceView => {
  const detail = parseDetail(lastSync?.detail ?? null);
  const defaultId = detail.default_provider_id;
  const known = new Set(models.map(({ provider_id }) => provider_id));
  const stateOfProvider = (provider_id: string) => ({ provider_id, exists: known.has(provider_id) });
  const stateOf = (): ModelSourceView["state"] => {
    if (!lastSync) return "never_synced";
    if (!file) return state;
    // Not "later" for ours: a file restored from a backup is older, and different.
    if (lastSync.detail !== null) return Bun.deepEquals(detail.file, file) ? "unchanged" : "changed";
    // The predecessor stored the time of its sync only, to the second.
    if (!("modified_ms" in file)) return "changed";
    return Math.floor(file.modified_ms / 1000) * 1000 <= Date.parse(lastSync.imported_at) ? "unchanged" : "changed";
  };
  return {
    source,
    state: stateOf(),
    modified_at: file && "modified_ms" in file ? toTimestamp(new Date(file.modified_ms)) : null,
    default_provider: defaultId === "" ? null : stateOfProvider(defaultId),
    agent_runner: detail.agent_runner,
    fallback_providers: detail.fallback_provider_ids.map(stateOfProvider),
  };
};
