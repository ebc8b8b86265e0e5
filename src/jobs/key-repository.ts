import { columnsOf } from "@/db/columns.ts" with { type: "macro" };
import type { Db } from "@/db/open.ts";

/** A type, not an interface: it is bound to a statement as it is. */
export type IdempotencyKey = {
  key: string;
  /** Of what was asked for with it. */
  requestHash: string;
  jobId: string;
  createdAt: string;
};

export const createKeyRepository = (db: Db) => {
  const find = db.query<IdempotencyKey, { key: string }>(
    `SELECT ${columnsOf("idempotencyKeys")} FROM idempotency_keys WHERE key = $key`,
  );
  const forget = db.query<unknown, { expiredBefore: string }>(
    "DELETE FROM idempotency_keys WHERE created_at < $expiredBefore",
  );
  const insert = db.query<unknown, IdempotencyKey>(
    "INSERT INTO idempotency_keys (key, request_hash, job_id, created_at) VALUES ($key, $requestHash, $jobId, $createdAt)",
  );

  return {
    /** What the key was used for since `expiredBefore`. */
    findKey(key: string, expiredBefore: string): IdempotencyKey | undefined {
      const found = find.get({ key });
      return found && found.createdAt >= expiredBefore ? found : undefined;
    },
    /** Forgets those made before `expiredBefore`. */
    rememberKey(key: IdempotencyKey, expiredBefore: string): void {
      forget.run({ expiredBefore });
      insert.run(key);
    },
  };
};
