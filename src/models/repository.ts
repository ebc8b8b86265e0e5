import { asc, desc, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import type { Db } from "@/db/open.ts";
import { modelSnapshots, syncEvents } from "@/db/schema.ts";
import { placeholders, prepared } from "@/db/statements.ts";
import { reduceBaseUrl } from "./astrbot/record.ts";
import type { ProviderDetailView, StoredProviderView } from "./view.ts";

export type StoredSync = typeof syncEvents.$inferSelect;

const { id, trace_id, source, imported_at, ...provider } = getTableColumns(modelSnapshots);
/** In the API's order. */
const shown = { ...provider, source, imported_at };

const MAX_SYNCS = 1000;
const MAX_SYNC_BYTES = 4 * 1024 * 1024;
/** At a time, so that no request waits long. */
const MAX_DELETED = 10;

export const createModelRepository = (db: Db) => {
  const modelFields = ["trace_id", ...(Object.keys(shown) as (keyof typeof shown)[])] as const;
  const insertModel = prepared(() => db.insert(modelSnapshots).values(placeholders(...modelFields)));
  /** The newest first, from below the id `before`. */
  const syncs = ({ before, limit }: { before: number; limit: number }): StoredSync[] =>
    db.select().from(syncEvents).where(lt(syncEvents.id, before)).orderBy(desc(syncEvents.id)).limit(limit).all();
  /** Deletes some of the syncs that are beyond the bounds: earlier versions recorded up to 1.6 MiB for each. */
  const deleteOldSyncs = (): void => {
    const newestFirst = sql`over (order by ${syncEvents.id} desc)`;
    const ranked = sql`
      select ${syncEvents.id}, row_number() ${newestFirst} as n, sum(octet_length(${syncEvents.detail})) ${newestFirst} as bytes
      from ${syncEvents}`;
    const isBeyond = sql`n > 1 and (n > ${MAX_SYNCS} or bytes > ${MAX_SYNC_BYTES})`;
    const beyond = sql`(select id from (${ranked}) where ${isBeyond} limit ${MAX_DELETED})`;
    db.delete(syncEvents).where(inArray(syncEvents.id, beyond)).run();
  };

  return {
    /**
     * Records a sync and replaces the models by `providers`, unless it found what is stored already. All or nothing:
     * whatever fails, the previous snapshot is still there.
     */
    addSync(sync: Omit<StoredSync, "id">, providers?: readonly ProviderDetailView[]): void {
      const { imported_at, source, trace_id } = sync;
      const store = () => {
        if (providers) db.delete(modelSnapshots).run();
        for (const provider of providers ?? []) insertModel().run({ ...provider, imported_at, source, trace_id });
        db.insert(syncEvents).values(sync).run();
        deleteOldSyncs();
      };
      db.transaction(store, { behavior: "immediate" });
    },
    /**
     * By the bytes of the id; those that repeat stay in the order they came in. The predecessor, which had no
     * capability, stored addresses as they came, with user, password and query.
     */
    list(): StoredProviderView[] {
      const rows = db.select(shown).from(modelSnapshots).orderBy(asc(shown.provider_id), asc(id)).all();
      return rows.map((row) => (row.capability === "" ? { ...row, base_url: reduceBaseUrl(row.base_url) } : row));
    },
    syncs,
    deleteOldSyncs,
    lastSync: (): StoredSync | undefined => syncs({ before: Number.MAX_SAFE_INTEGER, limit: 1 })[0],
  };
};
export type ModelRepository = ReturnType<typeof createModelRepository>;
