import { getTableColumns } from "drizzle-orm";
import { executorJobs, idempotencyKeys, modelSnapshots, syncEvents } from "./schema.ts";

const tables = { executorJobs, idempotencyKeys, modelSnapshots, syncEvents };

/**
 * The select list of a whole row as `$inferSelect` types it. A macro, like `readMigrations`: Drizzle describes the
 * tables while the code is bundled and is no part of what runs.
 */
export const columnsOf = (table: keyof typeof tables): string =>
  Object.entries(getTableColumns(tables[table]))
    .map(([field, { name }]) => `${name} AS ${field}`)
    .join(", ");
