import { existsSync, linkSync, realpathSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { copyDatabase, foldLog, removeDatabase, syncToDisk } from "@/db/copy.ts";
import { inspectDatabase, NEWEST_VERSION } from "@/db/inspect.ts";
import { lockInstance } from "@/db/lock.ts";
import { openDatabase } from "@/db/open.ts";
import { createJobRepository } from "@/jobs/repository.ts";
import { failed } from "@/jobs/state.ts";
import { stampOf } from "./folder.ts";
import { RefusalError } from "./refusal.ts";

export interface RestoreOptions {
  file: string;
  dbPath: string;
  now: Date;
}

export interface RestoreResult {
  /** Where the database is that was in use before; undefined when there was none. */
  kept: string | undefined;
  jobs: number;
  /** Jobs that were waiting when the backup was made: they may have run since. */
  interrupted: number;
}

/**
 * Puts a copy of `file` in the database's place. There is a whole database at `dbPath` at every moment: the old one,
 * then, by one rename, the new one. Yields after each step; a kill between two of them loses nothing.
 * @throws RefusalError when the file is not fit, or the service runs.
 */
export function* restore({ file, dbPath, now }: RestoreOptions): Generator<string, RestoreResult, void> {
  refuseUnfit(file, dbPath);
  const release = lockOut(dbPath);
  const draft = `${dbPath}.restoring`;
  try {
    copyDatabase(file, draft);
    yield "copied";

    const interrupted = interruptWaiting(draft, now);
    foldLog(draft);
    yield "brought up to date";

    const copy = inspectDatabase(draft);
    if (copy.kind !== "ours") throw new RefusalError("restore_copy_bad", { path: draft });
    syncToDisk(draft);
    yield "checked";

    const kept = existsSync(dbPath) ? freeName(`${dbPath}.replaced-${stampOf(now)}`) : undefined;
    if (kept) yield* keep(dbPath, kept);

    renameSync(draft, dbPath);
    syncToDisk(dirname(dbPath));
    yield "replaced";
    return { kept, jobs: copy.jobs, interrupted };
  } finally {
    removeDatabase(draft);
    release();
  }
}

const lockOut = (dbPath: string) => {
  try {
    return lockInstance(dbPath);
  } catch (cause) {
    throw new RefusalError("restore_in_use", { path: dbPath }, { cause });
  }
};

const refuseUnfit = (file: string, dbPath: string) => {
  const found = inspectDatabase(file);
  if (found.kind === "missing") throw new RefusalError("restore_file_missing", { file });
  if (found.kind === "broken") throw new RefusalError("restore_file_broken", { file, detail: found.detail });
  if (found.kind === "foreign") throw new RefusalError("restore_file_foreign", { file });
  if (found.version > NEWEST_VERSION) throw new RefusalError("restore_file_newer", { file });
  if (existsSync(dbPath) && realpathSync(file) === realpathSync(dbPath)) {
    throw new RefusalError("restore_file_same", { file });
  }
};

/** Jobs are never run twice in silence, so those that wait in the backup do not run again. */
const interruptWaiting = (path: string, now: Date): number => {
  const { db, close, savedCopy } = openDatabase(path);
  try {
    const repository = createJobRepository(db);
    let interrupted = 0;
    for (let job = repository.nextQueued(); job; job = repository.nextQueued()) {
      repository.finishQueued(job.jobId, failed(now, { code: "interrupted" }));
      interrupted++;
    }
    return interrupted;
  } finally {
    close();
    if (savedCopy) rmSync(savedCopy);
  }
};

/** Two restores within a second keep two files. */
const freeName = (path: string, number = 1): string => {
  const name = number === 1 ? path : `${path}-${number}`;
  return existsSync(name) ? freeName(path, number + 1) : name;
};

/**
 * The old file gets a second name, so that it stays in its place until the rename. A write-ahead log must be gone by
 * then: SQLite would take it for the new file's.
 */
function* keep(dbPath: string, kept: string): Generator<string, void, void> {
  linkSync(dbPath, kept);
  // Before anything opens it: SQLite deletes a log that it can make nothing of.
  if (existsSync(`${dbPath}-wal`)) linkSync(`${dbPath}-wal`, `${kept}-wal`);
  syncToDisk(dirname(dbPath));
  yield "old one kept";
  try {
    foldLog(dbPath);
    rmSync(`${kept}-wal`, { force: true });
  } catch {
    // Damaged, which may be why it is replaced: its log is kept beside it.
  }
  yield "log folded";
  for (const suffix of ["-wal", "-shm"]) rmSync(dbPath + suffix, { force: true });
  syncToDisk(dirname(dbPath));
  yield "log removed";
}
