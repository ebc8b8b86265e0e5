import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyDatabase, removeDatabase, syncToDisk } from "@/db/copy.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import { lockInstance } from "@/db/lock.ts";
import { PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import { backupName, listBackups, listUnfinished, unfinishedOf } from "./folder.ts";
import { RefusalError } from "./refusal.ts";

export interface BackupOptions {
  dbPath: string;
  folder: string;
  keep: number;
  now: Date;
}

export interface BackupResult {
  path: string;
  bytes: number;
  jobs: number;
  /** Older backups, removed because of `keep`. */
  removed: string[];
}

/**
 * Makes a checked copy in `folder`, also while the service runs. The copy gets its final name last, by a rename, so a
 * kill at any point leaves every named backup complete.
 * @throws RefusalError when the database is not usable, or another backup is running.
 */
export const backUp = ({ dbPath, folder, keep, now }: BackupOptions): BackupResult => {
  const source = inspectDatabase(dbPath, { isInUse: true });
  if (source.kind !== "ours") throw new RefusalError("backup_source_bad", { path: dbPath, ...faultOf(source) });

  // An existing folder keeps its mode, since others may use it; each copy is private by itself.
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const release = lockFolder(folder);
  const path = join(folder, backupName(now));
  const draft = unfinishedOf(path);
  try {
    for (const unfinished of listUnfinished(folder)) removeDatabase(unfinished);
    copyDatabase(dbPath, draft);
    const copy = inspectDatabase(draft);
    if (copy.kind !== "ours") throw new RefusalError("backup_copy_bad", { path: draft, ...faultOf(copy) });

    renameSync(draft, path);
    syncToDisk(folder);

    // Never the new one, even when the names of others lie in the future.
    const others = listBackups(folder).filter((other) => other.path !== path);
    const removed = others.slice(Math.max(keep - 1, 0));
    for (const old of removed) rmSync(old.path);
    return { path, bytes: copy.bytes, jobs: copy.jobs, removed: removed.map((old) => old.path) };
  } finally {
    // Also after a failure: a partial copy must not keep a full disk full.
    removeDatabase(draft);
    release();
  }
};

const lockFolder = (folder: string) => {
  try {
    return lockInstance(join(folder, "backup"));
  } catch (cause) {
    throw new RefusalError("backup_running", { folder }, { cause });
  }
};

const faultOf = (inspection: { kind: string; detail?: string }) => ({
  fault: inspection.detail ? `${inspection.kind}: ${inspection.detail}` : inspection.kind,
});
