import { and, asc, count, desc, eq, lt, or, sql } from "drizzle-orm";
import type { Drizzle } from "@/db/open.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { type ProviderRecord, reduceBaseUrl } from "./record.ts";
import type { Capability } from "./view.ts";

export type StoredModel = typeof modelSnapshots.$inferSelect;
export type StoredSync = typeof syncEvents.$inferSelect;
export type NewSync = Omit<StoredSync, "id" | "changed" | "detail"> & { changed: boolean; detail: string };

export interface ModelFilter {
  /** Part of any of its texts, whatever the case of Latin letters; "" finds all. */
  text: string;
  /** "" for any. */
  capability: Capability | "";
}

export interface ModelRepository {
  /** All or nothing: whatever fails, the previous snapshot is still there. */
  replaceSnapshot(providers: readonly ProviderRecord[], sync: NewSync): void;
  /** Records a sync that found what is stored already. */
  addSync(sync: NewSync): void;
  /** By the bytes of the id; those that repeat stay in the order they came in. */
  list(): StoredModel[];
  search(request: ModelFilter & { limit: number; offset: number }): StoredModel[];
  count(filter: ModelFilter): number;
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

export const createModelRepository = (db: Drizzle): ModelRepository => {
  const param = sql.placeholder;
  const matches = and(
    or(sql`${param("capability")} = ''`, eq(modelSnapshots.capability, param("capability"))),
    // Drizzle's `like` has no ESCAPE.
    or(...SEARCHED.map((column) => sql`${column} like ${param("pattern")} escape '\\'`)),
  );
  const inOrder = [asc(modelSnapshots.providerId), asc(modelSnapshots.id)];

  const clear = db.delete(modelSnapshots).prepare();
  const insertModel = db
    .insert(modelSnapshots)
    .values({
      providerId: param("providerId"),
      model: param("model"),
      providerType: param("providerType"),
      baseUrl: param("baseUrl"),
      capability: param("capability"),
      vendor: param("vendor"),
      enabled: param("enabled"),
      isDefault: param("isDefault"),
      importedAt: param("importedAt"),
      source: param("source"),
      traceId: param("traceId"),
    })
    .prepare();
  const insertSync = db
    .insert(syncEvents)
    .values({
      importedAt: param("importedAt"),
      source: param("source"),
      providerCount: param("providerCount"),
      traceId: param("traceId"),
      changed: param("changed"),
      detail: param("detail"),
    })
    .prepare();
  const selectAll = db
    .select()
    .from(modelSnapshots)
    .orderBy(...inOrder)
    .prepare();
  const selectMatching = db
    .select()
    .from(modelSnapshots)
    .where(matches)
    .orderBy(...inOrder)
    .limit(param("limit"))
    .offset(param("offset"))
    .prepare();
  const countMatching = db.select({ count: count() }).from(modelSnapshots).where(matches).prepare();
  const selectId = db
    .select({ id: modelSnapshots.id })
    .from(modelSnapshots)
    .where(eq(modelSnapshots.providerId, param("providerId")))
    .limit(1)
    .prepare();
  const selectLastSync = db.select().from(syncEvents).orderBy(desc(syncEvents.id)).limit(1).prepare();
  const selectSyncs = db
    .select()
    .from(syncEvents)
    .where(lt(syncEvents.id, param("before")))
    .orderBy(desc(syncEvents.id))
    .limit(param("limit"))
    .prepare();

  return {
    replaceSnapshot(providers, sync) {
      const { importedAt, source, traceId } = sync;
      db.transaction(
        () => {
          clear.run();
          for (const provider of providers) insertModel.run({ ...provider, importedAt, source, traceId });
          insertSync.run({ ...sync });
        },
        { behavior: "immediate" },
      );
    },
    addSync: (sync) => void insertSync.run({ ...sync }),
    list: () => selectAll.all().map(toStoredModel),
    search: ({ limit, offset, ...filter }) =>
      selectMatching.all({ ...toParams(filter), limit, offset }).map(toStoredModel),
    count: (filter) => countMatching.get(toParams(filter))?.count ?? 0,
    has: (providerId) => selectId.get({ providerId }) !== undefined,
    lastSync: () => selectLastSync.get(),
    syncs: (request) => selectSyncs.all({ ...request }),
  };
};

/** The predecessor, which had no capability, stored addresses as they came, with user, password and query. */
const toStoredModel = (row: StoredModel): StoredModel =>
  row.capability === "" ? { ...row, baseUrl: reduceBaseUrl(row.baseUrl) } : row;

const toParams = ({ text, capability }: ModelFilter) => ({
  pattern: `%${text.replace(/[\\%_]/g, "\\$&")}%`,
  capability,
});
