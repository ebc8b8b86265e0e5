import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "@/db/client.ts";
import { serviceState } from "@/db/schema.ts";
import type { BreakerSnapshot } from "./breaker.ts";

export type BreakerName = "gateway_breaker" | "gateway_backup_breaker";

export interface BreakerRepository {
  /** undefined when nothing is kept, or nothing that can be read. */
  load(name: BreakerName): BreakerSnapshot | undefined;
  save(name: BreakerName, snapshot: BreakerSnapshot, updatedAt: string): void;
}

const Snapshot = z.object({
  failures: z.int().min(0),
  last_error: z.string(),
  opened_at: z.iso.datetime().nullable(),
  cured_by: z.enum(["answer", "turn"]),
});

export const createBreakerRepository = (db: Db): BreakerRepository => {
  const select = db
    .select({ value: serviceState.value })
    .from(serviceState)
    .where(eq(serviceState.name, sql.placeholder("name")))
    .prepare();
  const upsert = db
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

  return {
    load(name) {
      const row = select.get({ name });
      return row && parse(row.value);
    },
    save(name, snapshot, updatedAt) {
      upsert.run({ name, value: JSON.stringify(snapshot), updatedAt });
    },
  };
};

const parse = (text: string): BreakerSnapshot | undefined => {
  try {
    return Snapshot.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
