import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { gatewayChecks } from "@/db/schema.ts";
import { createServiceState } from "@/db/service-state.ts";
import { excluded, placeholders, prepared } from "@/db/statements.ts";
import { jsonIn } from "@/lib/http.ts";

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

/** `gateway` is a digest of the address, the token and the other settings that the state is of. */
const StoredBreaker = BreakerSnapshot.extend({ gateway: z.string() });
type StoredBreaker = z.output<typeof StoredBreaker>;

export type StoredChecks = typeof gatewayChecks.$inferSelect;

const { placeholder } = sql;

export const createGatewayRepository = (db: Db) => {
  const state = createServiceState(db);
  const selectChecks = prepared(() => db.select().from(gatewayChecks).orderBy(sql`rowid`));
  const { startedAt, ok, failed, errorType } = gatewayChecks;
  const upsertChecks = prepared(() =>
    db
      .insert(gatewayChecks)
      .values(placeholders("startedAt", "ok", "failed", "errorType"))
      .onConflictDoUpdate({
        target: startedAt,
        set: { ok: excluded(ok), failed: excluded(failed), errorType: excluded(errorType) },
      }),
  );
  const deleteChecks = prepared(() =>
    db.delete(gatewayChecks).where(eq(gatewayChecks.startedAt, placeholder("startedAt"))),
  );

  return {
    loadState: state.load,
    saveState: state.save,
    /** undefined when nothing readable is stored. */
    loadBreaker: (name: BreakerName): StoredBreaker | undefined =>
      StoredBreaker.safeParse(jsonIn(state.load(name) ?? "")).data,
    saveBreaker: (name: BreakerName, snapshot: StoredBreaker, updatedAt: string): void =>
      state.save(name, JSON.stringify(snapshot), updatedAt),
    /** First to last, as they were stored. */
    listChecks: (): StoredChecks[] => selectChecks().all(),
    saveChecks(changed: readonly StoredChecks[], { outdated }: { outdated: readonly string[] }): void {
      db.transaction(() => {
        for (const checks of changed) upsertChecks().run({ ...checks });
        for (const startedAt of outdated) deleteChecks().run({ startedAt });
      });
    },
  };
};

export type GatewayRepository = ReturnType<typeof createGatewayRepository>;
