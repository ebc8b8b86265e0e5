import { Database } from "bun:sqlite";
import { closeSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, StartupError } from "@/lib/errors.ts";
import { PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import { lockDescriptor, openLibc } from "@/lib/libc.ts";
import { openRegular, targetOf } from "@/lib/regular-file.ts";

const { O_CREAT, O_RDWR } = constants;

/** For the name of a database, and for where a link of that name leads. */
export const lockPathsOf = (databasePath: string): string[] =>
  [...new Set([databasePath, targetOf(databasePath)])].map((name) => `${name}.lock`);

/**
 * Allows one instance per name of a database, by an exclusive SQLite lock on a file beside it. The kernel releases it
 * when the process dies. Earlier releases look at this lock only.
 * @returns a function that releases it.
 * @throws StartupError when another process holds it.
 */
export const lockName = (databasePath: string): (() => void) => {
  using locks = new DisposableStack();
  for (const lockPath of lockPathsOf(databasePath)) {
    try {
      mkdirSync(dirname(lockPath), { recursive: true, mode: PRIVATE_FOLDER });
      closeSync(openRegular(lockPath, O_RDWR | O_CREAT));
    } catch (error) {
      throw new StartupError(`Cannot write in ${dirname(lockPath)}: ${messageOf(error)}`);
    }
    const lock = locks.adopt(new Database(lockPath), (lock) => lock.close());
    try {
      lock.run("PRAGMA busy_timeout = 0");
      lock.run("BEGIN EXCLUSIVE");
    } catch (error) {
      throw inUse(databasePath, error);
    }
  }
  return releaserOf(locks);
};

/**
 * Allows one instance per database file, by whatever name it is opened, even if the lock file of that name is gone.
 * @returns a descriptor that holds the lock. It must stay open until SQLite has closed the file, since closing it
 * drops SQLite's own locks.
 * @throws StartupError when another process holds it; and when the file is not a regular one.
 */
export const lockFile = (databasePath: string, flags = O_RDWR): number => {
  let fd: number;
  try {
    mkdirSync(dirname(databasePath), { recursive: true, mode: PRIVATE_FOLDER });
    fd = openRegular(databasePath, flags);
  } catch (error) {
    throw new StartupError(`Cannot use the database ${databasePath}: ${messageOf(error)}`);
  }
  const libc = openLibc();
  if (libc === undefined || lockDescriptor(libc, fd)) return fd;
  closeSync(fd);
  throw inUse(databasePath, new Error("the file is locked"));
};

/** For work on a stopped database, which may be missing. @returns a function that releases both locks. */
export const lockInstance = (databasePath: string): (() => void) => {
  using locks = new DisposableStack();
  locks.defer(lockName(databasePath));
  if (existsSync(databasePath)) locks.adopt(lockFile(databasePath), closeSync);
  return releaserOf(locks);
};

/** What is held so far is released by whoever calls the returned function, no longer by the block that took it. */
const releaserOf = (locks: DisposableStack): (() => void) => {
  const held = locks.move();
  return () => held.dispose();
};

const inUse = (databasePath: string, error: unknown) =>
  new StartupError(`Another instance is using ${databasePath}; stop it first (${messageOf(error)}).`);
