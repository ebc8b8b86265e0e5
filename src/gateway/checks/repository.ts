import { columnsOf } from "@/db/columns.ts" with { type: "macro" };
import type { Db } from "@/db/open.ts";
import type { gatewayChecks } from "@/db/schema.ts";
import type { ProbeErrorType } from "@/gateway/view.ts";

export type StoredChecks = Omit<typeof gatewayChecks.$inferSelect, "errorType"> & { errorType: ProbeErrorType };

export const createCheckRepository = (db: Db) => {
  const selectAll = db.query<StoredChecks, []>(
    `SELECT ${columnsOf("gatewayChecks")} FROM gateway_checks ORDER BY started_at`,
  );
  const upsert = db.query<unknown, StoredChecks>(`
    INSERT INTO gateway_checks (started_at, ok, failed, error_type) VALUES ($startedAt, $ok, $failed, $errorType)
    ON CONFLICT (started_at) DO UPDATE SET ok = excluded.ok, failed = excluded.failed, error_type = excluded.error_type`);
  const deleteOld = db.query<unknown, { before: string }>("DELETE FROM gateway_checks WHERE started_at < $before");
  const save = db.transaction((changed: readonly StoredChecks[], { deleteBefore }: { deleteBefore: string }) => {
    for (const checks of changed) upsert.run({ ...checks });
    deleteOld.run({ before: deleteBefore });
  });

  return {
    /** The oldest first. */
    list: (): StoredChecks[] => selectAll.all(),
    save: (changed: readonly StoredChecks[], options: { deleteBefore: string }): void => save(changed, options),
  };
};

export type CheckRepository = ReturnType<typeof createCheckRepository>;
