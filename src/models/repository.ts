import { asc, count, desc, eq, lt, or, type SQL, sql } from "drizzle-orm";
import type { Db } from "@/db/client.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { reduceBaseUrl } from "./base-url.ts";
import type { ProviderRecord } from "./record.ts";
import type { Capability } from "./view.ts";

export type StoredModel = Omit<typeof modelSnapshots.$inferSelect, "capability"> & { capability: Capability | "" };
export type StoredSync = typeof syncEvents.$inferSelect;
export type NewSync = Omit<StoredSync, "id" | "changed" | "detail"> & { changed: boolean; detail: string };

export interface SearchRequest {
  /** Part of any of its texts, whatever the case of Latin letters; "" finds all. */
  text: string;
  limit: number;
  offset: number;
}

export interface ModelRepository {
  /** All or nothing: whatever fails, the previous snapshot is still there. */
  replaceSnapshot(providers: readonly ProviderRecord[], sync: NewSync): void;
  /** Notes a sync that found what is stored already. */
  addSync(sync: NewSync): void;
  /** By the bytes of the id; those that repeat stay in the order they came in. */
  list(): StoredModel[];
  search(request: SearchRequest): StoredModel[];
  count(text: string): number;
  has(providerId: string): boolean;
  lastSync(): StoredSync | undefined;
  /** The newest first, from below the id `before`. */
  syncs(request: { before: number; limit: number }): StoredSync[];
}

const SEARCHED = [
  modelSnapshots.providerId,
  modelSnapshots.model,
  modelSnapshots.providerType,
  modelSnapshots.baseUrl,
  modelSnapshots.capability,
  modelSnapshots.vendor,
];

export const createModelRepository = (db: Db): ModelRepository => {
  const clear = db.delete(modelSnapshots).prepare();
  const insert = db
    .insert(modelSnapshots)
    .values({
      providerId: sql.placeholder("providerId"),
      model: sql.placeholder("model"),
      providerType: sql.placeholder("providerType"),
      baseUrl: sql.placeholder("baseUrl"),
      capability: sql.placeholder("capability"),
      vendor: sql.placeholder("vendor"),
      enabled: sql.placeholder("enabled"),
      isDefault: sql.placeholder("isDefault"),
      importedAt: sql.placeholder("importedAt"),
      source: sql.placeholder("source"),
      traceId: sql.placeholder("traceId"),
    })
    .prepare();
  const insertSync = db
    .insert(syncEvents)
    .values({
      importedAt: sql.placeholder("importedAt"),
      source: sql.placeholder("source"),
      providerCount: sql.placeholder("providerCount"),
      traceId: sql.placeholder("traceId"),
      changed: sql.placeholder("changed"),
      detail: sql.placeholder("detail"),
    })
    .prepare();
  const inOrder = [asc(modelSnapshots.providerId), asc(modelSnapshots.id)];
  const selectAll = db
    .select()
    .from(modelSnapshots)
    .orderBy(...inOrder)
    .prepare();
  const selectFound = db
    .select()
    .from(modelSnapshots)
    .where(matches(sql.placeholder("pattern")))
    .orderBy(...inOrder)
    .limit(sql.placeholder("limit"))
    .offset(sql.placeholder("offset"))
    .prepare();
  const countFound = db
    .select({ count: count() })
    .from(modelSnapshots)
    .where(matches(sql.placeholder("pattern")))
    .prepare();
  const selectOne = db
    .select({ id: modelSnapshots.id })
    .from(modelSnapshots)
    .where(eq(modelSnapshots.providerId, sql.placeholder("providerId")))
    .limit(1)
    .prepare();
  const selectLastSync = db.select().from(syncEvents).orderBy(desc(syncEvents.id)).limit(1).prepare();
  const selectSyncs = db
    .select()
    .from(syncEvents)
    .where(lt(syncEvents.id, sql.placeholder("before")))
    .orderBy(desc(syncEvents.id))
    .limit(sql.placeholder("limit"))
    .prepare();

  return {
    replaceSnapshot(providers, sync) {
      const { importedAt, source, traceId } = sync;
      db.transaction(
        () => {
          clear.run();
          for (const provider of providers) insert.run({ ...provider, importedAt, source, traceId });
          insertSync.run({ ...sync });
        },
        { behavior: "immediate" },
      );
    },
    addSync: (sync) => void insertSync.run({ ...sync }),
    list: () => selectAll.all().map(toStoredModel),
    search: ({ text, limit, offset }) =>
      selectFound.all({ pattern: toPattern(text), limit, offset }).map(toStoredModel),
    count: (text) => countFound.get({ pattern: toPattern(text) })?.count ?? 0,
    has: (providerId) => selectOne.get({ providerId }) !== undefined,
    lastSync: () => selectLastSync.get(),
    syncs: (request) => selectSyncs.all({ ...request }),
  };
};

/** The predecessor stored addresses as they came, with user, password and query: nobody gets to see those. */
const toStoredModel = (row: typeof modelSnapshots.$inferSelect): StoredModel => ({
  ...(row as StoredModel),
  baseUrl: reduceBaseUrl(row.baseUrl),
});

const matches = (pattern: ReturnType<typeof sql.placeholder>): SQL | undefined =>
  or(...SEARCHED.map((column) => sql`${column} like ${pattern} escape '\\'`));

const toPattern = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
