import { asc, lt, sql } from "drizzle-orm";
import type { Db } from "@/db/client.ts";
import { gatewayChecks } from "@/db/schema.ts";
import type { ProbeErrorType } from "@/gateway/view.ts";

export type StoredChecks = Omit<typeof gatewayChecks.$inferSelect, "errorType"> & { errorType: ProbeErrorType };

export const createCheckRepository = (db: Db) => {
  const selectAll = db.select().from(gatewayChecks).orderBy(asc(gatewayChecks.startedAt)).prepare();
  const upsert = db
    .insert(gatewayChecks)
    .values({
      startedAt: sql.placeholder("startedAt"),
      ok: sql.placeholder("ok"),
      failed: sql.placeholder("failed"),
      errorType: sql.placeholder("errorType"),
    })
    .onConflictDoUpdate({
      target: gatewayChecks.startedAt,
      set: { ok: sql`excluded.ok`, failed: sql`excluded.failed`, errorType: sql`excluded.error_type` },
    })
    .prepare();
  const deleteOld = db
    .delete(gatewayChecks)
    .where(lt(gatewayChecks.startedAt, sql.placeholder("before")))
    .prepare();

  return {
    /** The oldest first. */
    list: () => selectAll.all() as StoredChecks[],
    save(changed: readonly StoredChecks[], { deleteBefore }: { deleteBefore: string }): void {
      db.transaction(() => {
        for (const checks of changed) upsert.run({ ...checks });
        deleteOld.run({ before: deleteBefore });
      });
    },
  };
};

export type CheckRepository = ReturnType<typeof createCheckRepository>;
