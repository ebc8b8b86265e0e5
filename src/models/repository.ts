import { asc, desc, getTableColumns, lt, sql } from "drizzle-orm";
import type { Db } from "@/db/open.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { placeholders, prepared } from "@/db/statements.ts";
import { type ProviderRecord, reduceBaseUrl } from "./record.ts";

export type StoredSync = typeof syncEvents.$inferSelect;

const { id, ...columns } = getTableColumns(modelSnapshots);
const param = sql.placeholder;

const MAX_SYNCS = 1000;
const MAX_SYNC_BYTES = 4 * 1024 * 1024;
/** At a time, so that no request waits long. */
const MAX_DELETED = 10;

export const createModelRepository = (db: Db) => {
  const modelFields = Object.keys(columns) as (keyof typeof columns)[];
  const insertModel = prepared(() => db.insert(modelSnapshots).values(placeholders(...modelFields)));
  const deleteModels = prepared(() => db.delete(modelSnapshots));
  const newestFirst = sql`over (order by ${syncEvents.id} desc)`;
  const ranked = sql`
    select ${syncEvents.id}, row_number() ${newestFirst} as n, sum(octet_length(${syncEvents.detail})) ${newestFirst} as bytes
    from ${syncEvents}`;
  const deleteSyncs = prepared(() =>
    db
      .delete(syncEvents)
      .where(
        sql`${syncEvents.id} in (select id from (${ranked}) where n > 1 and (n > ${MAX_SYNCS} or bytes > ${MAX_SYNC_BYTES}) limit ${MAX_DELETED})`,
      ),
  );
  const insertSync = prepared(() =>
    db.insert(syncEvents).values(placeholders("importedAt", "source", "providerCount", "traceId", "changed", "detail")),
  );
  const selectModels = prepared(() => db.select().from(modelSnapshots).orderBy(asc(columns.providerId), asc(id)));
  const selectSyncs = prepared(() =>
    db
      .select()
      .from(syncEvents)
      .where(lt(syncEvents.id, param("before")))
      .orderBy(desc(syncEvents.id))
      .limit(param("limit")),
  );
  /** The newest first, from below the id `before`. */
  const syncs = (request: { before: number; limit: number }): StoredSync[] => selectSyncs().all(request);

  return {
    /**
     * Records a sync and replaces the models by `providers`, unless it found what is stored already. All or nothing:
     * whatever fails, the previous snapshot is still there.
     */
    addSync(sync: Omit<StoredSync, "id">, providers?: readonly ProviderRecord[]): void {
      const { importedAt, source, traceId } = sync;
      const store = () => {
        if (providers) deleteModels().run();
        for (const provider of providers ?? []) insertModel().run({ ...provider, importedAt, source, traceId });
        insertSync().run({ ...sync });
        deleteSyncs().run();
      };
      db.transaction(store, { behavior: "immediate" });
    },
    /**
     * By the bytes of the id; those that repeat stay in the order they came in. The predecessor, which had no
     * capability, stored addresses as they came, with user, password and query.
     */
    list: () =>
      selectModels()
        .all()
        .map((row) => (row.capability === "" ? { ...row, baseUrl: reduceBaseUrl(row.baseUrl) } : row)),
    syncs,
    /** Deletes some of the syncs that are beyond the bounds: earlier versions recorded up to 1.6 MiB for each. */
    deleteOldSyncs: () => deleteSyncs().run(),
    lastSync: (): StoredSync | undefined => syncs({ before: Number.MAX_SAFE_INTEGER, limit: 1 })[0],
  };
};
export type ModelRepository = ReturnType<typeof createModelRepository>;
