import { asc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { gatewayChecks, serviceState } from "@/db/schema.ts";
import { jsonIn } from "./answer.ts";

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

export const createGatewayRepository = (db: Db) => ({
  /** undefined when nothing readable is stored. */
  loadBreaker(name: BreakerName): BreakerSnapshot | undefined {
    const row = db.select().from(serviceState).where(eq(serviceState.name, name)).get();
    return BreakerSnapshot.safeParse(jsonIn(row?.value ?? "")).data;
  },
  saveBreaker(name: BreakerName, snapshot: BreakerSnapshot, updatedAt: string): void {
    const set = { value: JSON.stringify(snapshot), updatedAt };
    db.insert(serviceState)
      .values({ name, ...set })
      .onConflictDoUpdate({ target: serviceState.name, set })
      .run();
  },
  /** Oldest first. */
  listChecks: (): StoredChecks[] => db.select().from(gatewayChecks).orderBy(asc(gatewayChecks.startedAt)).all(),
  saveChecks(changed: readonly StoredChecks[], { deleteBefore }: { deleteBefore: string }): void {
    db.transaction((tx) => {
      for (const checks of changed) {
        tx.insert(gatewayChecks)
          .values(checks)
          .onConflictDoUpdate({ target: gatewayChecks.startedAt, set: checks })
          .run();
      }
      tx.delete(gatewayChecks).where(lt(gatewayChecks.startedAt, deleteBefore)).run();
    });
  },
});

export type GatewayRepository = ReturnType<typeof createGatewayRepository>;
