import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyDatabase, removeDatabase, syncToDisk } from "@/db/copy.ts";
import { type Inspection, inspectDatabase } from "@/db/inspect.ts";
import { lockName } from "@/db/lock.ts";
import { PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import { backupPath, listBackups } from "./folder.ts";
import { lockOrRefuse, RefusalError } from "./refusal.ts";

interface BackupOptions {
  dbPath: string;
  folder: string;
  keep: number;
  now: Date;
}

/**
 * Makes a checked copy in `folder`, also while the service runs. The copy gets its final name last, by a rename, so a
 * kill at any point leaves every named backup complete.
 * @returns `removed`: the paths of older backups, removed because of `keep`.
 * @throws RefusalError when the database is not usable, or another backup is running.
 */
export const backUp = ({ dbPath, folder, keep, now }: BackupOptions) => {
  const source = inspectDatabase(dbPath, { isInUse: true });
  if (source.kind !== "ours") throw new RefusalError("backup_source_bad", { path: dbPath, fault: faultOf(source) });

  // An existing folder keeps its mode, since others may use it; each copy is private by itself.
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  using work = new DisposableStack();
  work.defer(lockOrRefuse(() => lockName(join(folder, "backup")), "backup_running", { folder }));
  const draft = join(folder, "backup.unfinished");
  // Also after a failure: a partial copy must not keep a full disk full.
  work.defer(() => removeDatabase(draft));
  copyDatabase(dbPath, draft);
  const copy = inspectDatabase(draft);
  if (copy.kind !== "ours") throw new RefusalError("backup_copy_bad", { path: draft, fault: faultOf(copy) });
  const path = backupPath(folder, now);
  renameSync(draft, path);
  syncToDisk(folder);

  // Never the new one; those from the future go first: the clock was wrong then, or is now.
  const others = listBackups(folder)
    .filter((other) => other.path !== path)
    .sort((one, other) => Number(one.at > now) - Number(other.at > now));
  const removed = others.slice(Math.max(keep - 1, 0)).map((old) => old.path);
  for (const old of removed) rmSync(old);
  return { path, bytes: copy.bytes, jobs: copy.jobs, removed };
};

const faultOf = (found: Inspection): string => ("detail" in found ? `${found.kind}: ${found.detail}` : found.kind);
