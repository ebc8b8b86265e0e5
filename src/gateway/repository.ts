import { z } from "zod";
import type { Db } from "@/db/open.ts";
import type { BreakerSnapshot } from "./breaker.ts";

export type BreakerName = "gateway_breaker" | "gateway_backup_breaker";

export interface BreakerRepository {
  /** undefined when nothing is kept, or nothing that can be read. */
  load(name: BreakerName): BreakerSnapshot | undefined;
  save(name: BreakerName, snapshot: BreakerSnapshot, updatedAt: string): void;
}

const Snapshot = z.object({
  failures: z.int().check(z.gte(0)),
  last_error: z.string(),
  opened_at: z.nullable(z.iso.datetime()),
  cured_by: z.enum(["answer", "turn"]),
});

export const createBreakerRepository = (db: Db): BreakerRepository => {
  const select = db.query<{ value: string }, { name: string }>("SELECT value FROM service_state WHERE name = $name");
  const upsert = db.query<unknown, { name: string; value: string; updatedAt: string }>(`
    INSERT INTO service_state (name, value, updated_at) VALUES ($name, $value, $updatedAt)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`);

  return {
    load(name) {
      const row = select.get({ name });
      return row ? parse(row.value) : undefined;
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
