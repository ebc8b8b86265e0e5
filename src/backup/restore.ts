import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { copyDatabase, foldLog, removeDatabase, syncToDisk } from "@/db/copy.ts";
import { inspectDatabase, NEWEST_VERSION, newestChangeIn } from "@/db/inspect.ts";
import { lockInstance } from "@/db/lock.ts";
import { openDatabase } from "@/db/open.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { finished } from "@/jobs/state.ts";
import { statsOf } from "@/lib/paths.ts";
import { isSameFile, targetOf } from "@/lib/regular-file.ts";
import { createOutboxRepository } from "@/notify/repository.ts";
import { freeName, stampOf } from "./folder.ts";
import { lockOrRefuse, RefusalError } from "./refusal.ts";

interface RestoreOptions {
  file: string;
  dbPath: string;
  now: Date;
}

/**
 * Replaces the database by a copy of `file`; a link at `dbPath` stays, and what it leads to is replaced. `dbPath` holds a
 * complete database at every moment: the old one and then, by one rename, the new one. A kill at any point loses nothing.
 * @returns `kept`: where the previous database is now, if there was one; `interrupted`: how many jobs were queued when
 * the backup was made, and may have run since.
 * @throws RefusalError when the file is not usable, or the service is running.
 */
export const restore = ({ file, dbPath: name, now }: RestoreOptions) => {
  refuseUnusable(file, name);
  using work = new DisposableStack();
  work.defer(lockOrRefuse(() => lockInstance(name), "restore_in_use", { path: name }));
  const dbPath = targetOf(name);
  const draft = `${dbPath}.restoring`;
  work.defer(() => removeDatabase(draft));
  copyDatabase(file, draft);
  const interrupted = interruptQueued(draft, now);
  foldLog(draft);
  const copy = inspectDatabase(draft);
  if (copy.kind !== "ours") throw new RefusalError("restore_copy_bad", { path: draft });
  syncToDisk(draft);

  const kept = existsSync(dbPath) ? freeName(`${dbPath}.replaced-${stampOf(now)}`) : undefined;
  if (kept) keepOld(dbPath, kept);
  liftFeed(draft, kept, now);
  foldLog(draft);
  syncToDisk(draft);
  renameSync(draft, dbPath);
  syncToDisk(dirname(dbPath));
  return { kept, jobs: copy.jobs, interrupted };
};

const refuseUnusable = (file: string, dbPath: string) => {
  const found = inspectDatabase(file);
  if (found.kind === "broken") throw new RefusalError("restore_file_broken", { file, detail: found.detail });
  if (found.kind !== "ours") throw new RefusalError(`restore_file_${found.kind}`, { file });
  if (found.version > NEWEST_VERSION) throw new RefusalError("restore_file_newer", { file });
  if (isSameFile(statsOf(file), statsOf(dbPath))) throw new RefusalError("restore_file_same", { file });
};

/** Followers of the replaced file's change feed then see every job of the new file as changed. */
const liftFeed = (draft: string, replaced: string | undefined, now: Date): void => {
  const isReadable = replaced !== undefined && !existsSync(`${replaced}-wal`);
  // Otherwise more than one change in each second would have made.
  const by = (isReadable ? newestChangeIn(replaced) : undefined) ?? Math.floor(now.getTime() / 1000);
  using database = openDatabase(draft);
  createJobRepository(database.db).liftChanges(by);
};

/** Nothing silently happens twice: jobs that were queued in the backup do not run, and its messages are not sent. */
const interruptQueued = (path: string, now: Date): number => {
  using database = openDatabase(path);
  if (database.savedCopy) rmSync(database.savedCopy);
  const repository = createJobRepository(database.db);
  let interrupted = 0;
  for (let job = repository.nextQueued(); job; job = repository.nextQueued()) {
    repository.finishQueued(job.jobId, finished(now, { code: "interrupted" }));
    interrupted++;
  }
  createOutboxRepository(database.db).expireAll();
  return interrupted;
};

/**
 * Links the old file to a second name, so that it stays in place until the rename. Its write-ahead log must be gone by
 * then: SQLite would apply it to the new file.
 */
const keepOld = (dbPath: string, kept: string): void => {
  linkSync(dbPath, kept);
  // Before anything opens it: SQLite deletes a log that it cannot read.
  if (existsSync(`${dbPath}-wal`)) linkSync(`${dbPath}-wal`, `${kept}-wal`);
  syncToDisk(dirname(dbPath));
  try {
    foldLog(dbPath);
    rmSync(`${kept}-wal`, { force: true });
  } catch {
    // A damaged database, which may be why it is replaced: its log is kept beside it.
  }
  for (const suffix of ["-wal", "-shm"]) rmSync(dbPath + suffix, { force: true });
  syncToDisk(dirname(dbPath));
};
