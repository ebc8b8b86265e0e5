import { inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { gatewayChecks } from "@/db/schema.ts";
import { createServiceState } from "@/db/service-state.ts";
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

export const createGatewayRepository = (db: Db) => {
  const state = createServiceState(db);
  return {
    loadState: state.load,
    saveState: state.save,
    /** undefined when nothing readable is stored. */
    loadBreaker: (name: BreakerName): StoredBreaker | undefined =>
      StoredBreaker.safeParse(jsonIn(state.load(name) ?? "")).data,
    saveBreaker: (name: BreakerName, snapshot: StoredBreaker, updatedAt: string): void =>
      state.save(name, JSON.stringify(snapshot), updatedAt),
    /** First to last, as they were stored. */
    listChecks: (): StoredChecks[] => db.select().from(gatewayChecks).orderBy(sql`rowid`).all(),
    saveChecks(changed: readonly StoredChecks[], { outdated }: { outdated: readonly string[] }): void {
      const { startedAt } = gatewayChecks;
      db.transaction(() => {
        for (const checks of changed) {
          db.insert(gatewayChecks).values(checks).onConflictDoUpdate({ target: startedAt, set: checks }).run();
        }
        db.delete(gatewayChecks)
          .where(inArray(startedAt, [...outdated]))
          .run();
      });
    },
  };
};

export type GatewayRepository = ReturnType<typeof createGatewayRepository>;
