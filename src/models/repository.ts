import { columnsOf } from "@/db/columns.ts" with { type: "macro" };
import type { Db } from "@/db/open.ts";
import type { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { reduceBaseUrl } from "./base-url.ts";
import type { ProviderRecord } from "./record.ts";
import type { Capability } from "./view.ts";

export type StoredModel = Omit<typeof modelSnapshots.$inferSelect, "capability"> & { capability: Capability | "" };
export type StoredSync = typeof syncEvents.$inferSelect;
export type NewSync = Omit<StoredSync, "id" | "changed" | "detail"> & { changed: boolean; detail: string };

export interface Wanted {
  /** Part of any of its texts, whatever the case of Latin letters; "" finds all. */
  text: string;
  /** "" for any. */
  capability: Capability | "";
}

export interface ModelRepository {
  /** All or nothing: whatever fails, the previous snapshot is still there. */
  replaceSnapshot(providers: readonly ProviderRecord[], sync: NewSync): void;
  /** Notes a sync that found what is stored already. */
  addSync(sync: NewSync): void;
  /** Another number after each write: nobody else writes to this file. */
  revision(): number;
  /** By the bytes of the id; those that repeat stay in the order they came in. */
  list(): StoredModel[];
  search(request: Wanted & { limit: number; offset: number }): StoredModel[];
  count(wanted: Wanted): number;
  has(providerId: string): boolean;
  lastSync(): StoredSync | undefined;
  /** The newest first, from below the id `before`. */
  syncs(request: { before: number; limit: number }): StoredSync[];
}

/** SQLite knows no booleans. */
type ModelColumns = Omit<typeof modelSnapshots.$inferSelect, "enabled" | "isDefault"> &
  Record<"enabled" | "isDefault", 0 | 1>;
type SyncColumns = Omit<StoredSync, "changed"> & { changed: 0 | 1 | null };
type Stamp = Pick<NewSync, "importedAt" | "source" | "traceId">;

const MODELS = `SELECT ${columnsOf("modelSnapshots")} FROM model_snapshots`;
const SYNCS = `SELECT ${columnsOf("syncEvents")} FROM sync_events`;
const HAS_TEXT = ["provider_id", "model", "provider_type", "base_url", "capability", "vendor"]
  .map((column) => `${column} LIKE $pattern ESCAPE '\\'`)
  .join(" OR ");
const MATCHES = `($capability = '' OR capability = $capability) AND (${HAS_TEXT})`;
const IN_ORDER = "ORDER BY provider_id, id";

export const createModelRepository = (db: Db): ModelRepository => {
  const clear = db.query("DELETE FROM model_snapshots");
  const insert = db.query<unknown, Pick<ProviderRecord, keyof ProviderRecord> & Stamp>(`
    INSERT INTO model_snapshots (provider_id, model, provider_type, base_url, capability, vendor, enabled, is_default,
      imported_at, source, trace_id)
    VALUES ($providerId, $model, $providerType, $baseUrl, $capability, $vendor, $enabled, $isDefault,
      $importedAt, $source, $traceId)`);
  const insertSync = db.query<unknown, NewSync>(`
    INSERT INTO sync_events (imported_at, source, provider_count, trace_id, changed, detail)
    VALUES ($importedAt, $source, $providerCount, $traceId, $changed, $detail)`);
  const selectAll = db.query<ModelColumns, []>(`${MODELS} ${IN_ORDER}`);
  const selectFound = db.query<ModelColumns, Filter & { limit: number; offset: number }>(
    `${MODELS} WHERE ${MATCHES} ${IN_ORDER} LIMIT $limit OFFSET $offset`,
  );
  const countFound = db.query<{ count: number }, Filter>(
    `SELECT count(*) AS count FROM model_snapshots WHERE ${MATCHES}`,
  );
  const selectOne = db.query<unknown, { providerId: string }>(
    "SELECT 1 FROM model_snapshots WHERE provider_id = $providerId LIMIT 1",
  );
  const selectLastSync = db.query<SyncColumns, []>(`${SYNCS} ORDER BY id DESC LIMIT 1`);
  const selectSyncs = db.query<SyncColumns, { before: number; limit: number }>(
    `${SYNCS} WHERE id < $before ORDER BY id DESC LIMIT $limit`,
  );
  const replace = db.transaction((providers: readonly ProviderRecord[], sync: NewSync) => {
    const { importedAt, source, traceId } = sync;
    clear.run();
    for (const provider of providers) insert.run({ ...provider, importedAt, source, traceId });
    insertSync.run({ ...sync });
  });

  /** Read with every look at the status, and changed by us alone: the file is locked to one instance. */
  let lastSync: { sync: StoredSync | undefined } | undefined;
  let revision = 0;
  const noteWrite = () => {
    lastSync = undefined;
    revision++;
  };

  return {
    replaceSnapshot(providers, sync) {
      noteWrite();
      replace.immediate(providers, sync);
    },
    addSync(sync) {
      noteWrite();
      insertSync.run({ ...sync });
    },
    revision: () => revision,
    list: () => selectAll.all().map(toStoredModel),
    search: ({ limit, offset, ...wanted }) =>
      selectFound.all({ ...toFilter(wanted), limit, offset }).map(toStoredModel),
    count: (wanted) => countFound.get(toFilter(wanted))?.count ?? 0,
    has: (providerId) => selectOne.get({ providerId }) !== null,
    lastSync() {
      if (lastSync === undefined) {
        const row = selectLastSync.get();
        lastSync = { sync: row ? toStoredSync(row) : undefined };
      }
      return lastSync.sync;
    },
    syncs: (request) => selectSyncs.all({ ...request }).map(toStoredSync),
  };
};

/** The predecessor stored addresses as they came, with user, password and query: nobody gets to see those. */
const toStoredModel = (row: ModelColumns): StoredModel => ({
  ...row,
  capability: row.capability as StoredModel["capability"],
  enabled: row.enabled === 1,
  isDefault: row.isDefault === 1,
  baseUrl: reduceBaseUrl(row.baseUrl),
});

const toStoredSync = (row: SyncColumns): StoredSync => ({
  ...row,
  changed: row.changed === null ? null : row.changed === 1,
});

type Filter = Record<"pattern" | "capability", string>;

const toFilter = ({ text, capability }: Wanted): Filter => ({
  pattern: `%${text.replace(/[\\%_]/g, "\\$&")}%`,
  capability,
});
