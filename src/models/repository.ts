import { and, asc, count, desc, eq, getTableColumns, lt, or, sql } from "drizzle-orm";
import type { Db } from "@/db/open.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { placeholders } from "@/db/write.ts";
import { type ProviderRecord, reduceBaseUrl } from "./record.ts";
import type { Capability } from "./view.ts";

export type StoredModel = typeof modelSnapshots.$inferSelect;
export type StoredSync = typeof syncEvents.$inferSelect;

export interface ModelFilter {
  /** Part of any of its texts, whatever the case of Latin letters; "" finds all. */
  text: string;
  /** "" for any. */
  capability: Capability | "";
}

const { id, ...columns } = getTableColumns(modelSnapshots);
const { providerId, model, providerType, baseUrl, capability, vendor } = columns;
const param = sql.placeholder;

export const createModelRepository = (db: Db) => {
  const matches = and(
    or(sql`${param("capability")} = ''`, eq(capability, param("capability"))),
    // Drizzle's `like` has no ESCAPE.
    or(
      ...[providerId, model, providerType, baseUrl, capability, vendor].map(
        (column) => sql`${column} like ${param("pattern")} escape '\\'`,
      ),
    ),
  );
  const byId = [asc(providerId), asc(id)];
  const newestFirst = desc(syncEvents.id);

  const insertModel = db
    .insert(modelSnapshots)
    .values(placeholders(Object.keys(columns) as (keyof typeof columns)[]))
    .prepare();
  const selectAll = db
    .select()
    .from(modelSnapshots)
    .orderBy(...byId)
    .prepare();
  const selectMatching = db
    .select()
    .from(modelSnapshots)
    .where(matches)
    .orderBy(...byId)
    .limit(param("limit"))
    .offset(param("offset"))
    .prepare();
  const countMatching = db.select({ count: count() }).from(modelSnapshots).where(matches).prepare();
  const isSameId = eq(providerId, param("providerId"));
  const selectById = db.select().from(modelSnapshots).where(isSameId).limit(1).prepare();
  const selectLastSync = db.select().from(syncEvents).orderBy(newestFirst).limit(1).prepare();
  const isOlder = lt(syncEvents.id, param("before"));
  const selectSyncs = db.select().from(syncEvents).where(isOlder).orderBy(newestFirst).limit(param("limit")).prepare();

  return {
    /**
     * Records a sync and replaces the models by `providers`, unless it found what is stored already. All or nothing:
     * whatever fails, the previous snapshot is still there.
     */
    addSync(sync: Omit<StoredSync, "id">, providers?: readonly ProviderRecord[]): void {
      const { importedAt, source, traceId } = sync;
      const store = () => {
        if (providers) db.delete(modelSnapshots).run();
        for (const provider of providers ?? []) insertModel.run({ ...provider, importedAt, source, traceId });
        db.insert(syncEvents).values(sync).run();
      };
      db.transaction(store, { behavior: "immediate" });
    },
    /** By the bytes of the id; those that repeat stay in the order they came in. */
    list: (): StoredModel[] => selectAll.all().map(toStoredModel),
    search: ({ limit, offset, ...filter }: ModelFilter & { limit: number; offset: number }): StoredModel[] =>
      selectMatching.all({ ...toParams(filter), limit, offset }).map(toStoredModel),
    count: (filter: ModelFilter): number => countMatching.get(toParams(filter))?.count ?? 0,
    has: (providerId: string): boolean => selectById.get({ providerId }) !== undefined,
    lastSync: (): StoredSync | undefined => selectLastSync.get(),
    /** The newest first, from below the id `before`. */
    syncs: (request: { before: number; limit: number }): StoredSync[] => selectSyncs.all(request),
  };
};
export type ModelRepository = ReturnType<typeof createModelRepository>;

/** The predecessor, which had no capability, stored addresses as they came, with user, password and query. */
const toStoredModel = (row: StoredModel): StoredModel =>
  row.capability === "" ? { ...row, baseUrl: reduceBaseUrl(row.baseUrl) } : row;

const toParams = ({ text, capability }: ModelFilter) => ({
  pattern: `%${text.replace(/[\\%_]/g, "\\$&")}%`,
  capability,
});
