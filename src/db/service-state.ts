import { eq, sql } from "drizzle-orm";
import type { Db } from "./open.ts";
import { serviceState } from "./schema.ts";
import { excluded, placeholders, prepared } from "./statements.ts";

/** Small values that survive a restart, as JSON by name. */
export const createServiceState = (db: Db) => {
  const { name, value, updatedAt } = serviceState;
  const select = prepared(() =>
    db
      .select({ value })
      .from(serviceState)
      .where(eq(name, sql.placeholder("name"))),
  );
  const upsert = prepared(() =>
    db
      .insert(serviceState)
      .values(placeholders("name", "value", "updatedAt"))
      .onConflictDoUpdate({ target: name, set: { value: excluded(value), updatedAt: excluded(updatedAt) } }),
  );

  return {
    load: (name: string): string | undefined => select().get({ name })?.value,
    save: (name: string, value: string, updatedAt: string): void => void upsert().run({ name, value, updatedAt }),
  };
};
