import { asc, desc, sql } from "drizzle-orm";
import type { Db } from "@/db/client.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { reduceBaseUrl } from "./base-url.ts";
import type { ProviderRecord } from "./record.ts";
import type { StoredProviderView, SyncView } from "./view.ts";

export type StoredModel = typeof modelSnapshots.$inferSelect;

export interface SyncEvent {
  importedAt: string;
  source: string;
  providerCount: number;
  traceId: string;
}

export interface ModelRepository {
  /** All or nothing: whatever fails, the previous snapshot is still there. */
  replaceSnapshot(providers: readonly ProviderRecord[], event: SyncEvent): void;
  /** By the bytes of the id; those that repeat stay in the order they came in. */
  list(): StoredModel[];
  lastSync(): SyncEvent | undefined;
}

export const createModelRepository = (db: Db): ModelRepository => {
  const clear = db.delete(modelSnapshots).prepare();
  const insert = db
    .insert(modelSnapshots)
    .values({
      providerId: sql.placeholder("providerId"),
      model: sql.placeholder("model"),
      providerType: sql.placeholder("providerType"),
      baseUrl: sql.placeholder("baseUrl"),
      importedAt: sql.placeholder("importedAt"),
      source: sql.placeholder("source"),
      traceId: sql.placeholder("traceId"),
    })
    .prepare();
  const insertEvent = db
    .insert(syncEvents)
    .values({
      importedAt: sql.placeholder("importedAt"),
      source: sql.placeholder("source"),
      providerCount: sql.placeholder("providerCount"),
      traceId: sql.placeholder("traceId"),
    })
    .prepare();
  const selectAll = db
    .select()
    .from(modelSnapshots)
    .orderBy(asc(modelSnapshots.providerId), asc(modelSnapshots.id))
    .prepare();
  const selectLastEvent = db.select().from(syncEvents).orderBy(desc(syncEvents.id)).limit(1).prepare();

  return {
    replaceSnapshot(providers, event) {
      const { importedAt, source, traceId } = event;
      db.transaction(
        () => {
          clear.run();
          for (const provider of providers) insert.run({ ...provider, importedAt, source, traceId });
          insertEvent.run({ ...event });
        },
        { behavior: "immediate" },
      );
    },
    list: () => selectAll.all(),
    lastSync: () => selectLastEvent.get(),
  };
};

export const toStoredProviderView = (row: StoredModel): StoredProviderView => ({
  provider_id: row.providerId,
  model: row.model,
  provider_type: row.providerType,
  // The predecessor stored addresses as they came, with user, password and query.
  base_url: reduceBaseUrl(row.baseUrl),
  imported_at: row.importedAt,
  source: row.source,
});

export const toSyncView = (event: SyncEvent): SyncView => ({
  imported_at: event.importedAt,
  source: event.source,
  provider_count: event.providerCount,
  trace_id: event.traceId,
});
