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
  /** Older ones that made room. */
  removed: string[];
}

/**
 * A checked copy beside the last ones, also while the service runs. A name of the list stands for a whole copy: it is
 * given last, by renaming. Yields after each step; a kill between two of them costs nothing but the copy.
 * @throws RefusalError when there is nothing good to copy, or another backup is under way.
 */
export function* backUp({ dbPath, folder, keep, now }: BackupOptions): Generator<string, BackupResult, void> {
  const source = inspectDatabase(dbPath, { isInUse: true });
  if (source.kind !== "ours") throw new RefusalError("backup_source_bad", { path: dbPath, ...faultOf(source) });

  // One that is there already may be somebody else's too; each copy is private by itself.
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const release = lockFolder(folder);
  const path = join(folder, backupName(now));
  const draft = unfinishedOf(path);
  try {
    for (const left of listUnfinished(folder)) removeDatabase(left);
    yield "leftovers removed";

    copyDatabase(dbPath, draft);
    yield "copied";

    const copy = inspectDatabase(draft);
    if (copy.kind !== "ours") throw new RefusalError("backup_copy_bad", { path: draft, ...faultOf(copy) });
    yield "checked";

    renameSync(draft, path);
    syncToDisk(folder);
    yield "named";

    // Never the one just made, though others claim to be from the future.
    const others = listBackups(folder).filter((other) => other.path !== path);
    const removed = others.slice(Math.max(keep - 1, 0));
    for (const old of removed) rmSync(old.path);
    yield "old ones removed";
    return { path, bytes: copy.bytes, jobs: copy.jobs, removed: removed.map((old) => old.path) };
  } finally {
    // A copy that found the disk full is not to keep it so.
    removeDatabase(draft);
    release();
  }
}

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
