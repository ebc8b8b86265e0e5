import { asc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { gatewayChecks, serviceState } from "@/db/schema.ts";

export type BreakerName = "gateway_breaker" | "gateway_backup_breaker";

/** The breaker's state as it is stored across restarts. A trial under way is stored as open. */
export const BreakerSnapshot = z.object({
  failures: z.int().min(0),
  last_error: z.string(),
  /** null while closed. */
  opened_at: z.iso.datetime().nullable(),
  cured_by: z.enum(["answer", "turn"]),
});
export type BreakerSnapshot = z.output<typeof BreakerSnapshot>;

export type StoredChecks = typeof gatewayChecks.$inferSelect;

/** The state of the breakers, and the counts of the gateway's checks. */
export const createGatewayRepository = (db: Db) => {
  const selectState = db
    .select()
    .from(serviceState)
    .where(eq(serviceState.name, sql.placeholder("name")))
    .prepare();
  const upsertState = db
    .insert(serviceState)
    .values({
      name: sql.placeholder("name"),
      value: sql.placeholder("value"),
      updatedAt: sql.placeholder("updatedAt"),
    })
    .onConflictDoUpdate({
      target: serviceState.name,
      set: { value: sql`excluded.value`, updatedAt: sql`excluded.updated_at` },
    })
    .prepare();
  const selectChecks = db.select().from(gatewayChecks).orderBy(asc(gatewayChecks.startedAt)).prepare();
  const upsertChecks = db
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
  const deleteChecks = db
    .delete(gatewayChecks)
    .where(lt(gatewayChecks.startedAt, sql.placeholder("before")))
    .prepare();

  return {
    /** undefined when nothing readable is stored. */
    loadBreaker(name: BreakerName): BreakerSnapshot | undefined {
      const row = selectState.get({ name });
      return row && parseSnapshot(row.value);
    },
    saveBreaker(name: BreakerName, snapshot: BreakerSnapshot, updatedAt: string): void {
      upsertState.run({ name, value: JSON.stringify(snapshot), updatedAt });
    },
    /** Oldest first. */
    listChecks: (): StoredChecks[] => selectChecks.all(),
    saveChecks(changed: readonly StoredChecks[], { deleteBefore }: { deleteBefore: string }): void {
      db.transaction(() => {
        for (const checks of changed) upsertChecks.run({ ...checks });
        deleteChecks.run({ before: deleteBefore });
      });
    },
  };
};

export type GatewayRepository = ReturnType<typeof createGatewayRepository>;

const parseSnapshot = (text: string): BreakerSnapshot | undefined => {
  try {
    return BreakerSnapshot.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
