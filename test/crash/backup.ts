/** `kill -9` before and after every statement of a backup and of a restore. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { listBackups } from "@/backup/folder.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import type { Random } from "./random.ts";

const MAIN = resolve(import.meta.dir, "../../src/main.ts");
const DIE_AT = resolve(import.meta.dir, "preload/die-at.ts");
const MOST_BOUNDARIES = 2000;

interface BackupKillOptions {
  root: string;
  random: Random;
  /** Of all the boundaries, so many; undefined for every one. */
  sample: number | undefined;
  report(what: string): void;
}

/**
 * The database in use holds "new", its newest change in the log alone, and the backup "old". Whatever is killed when,
 * one of them is in place, whole; and "new" is never gone.
 * @returns how often it was killed.
 */
export const killDuringBackups = async ({ root, random, sample, report }: BackupKillOptions): Promise<number> => {
  const path = (name: string) => join(root, name);
  const database = path("data/backend_state.db");
  const run = async (args: string[], dieAt = "") => {
    const child = Bun.spawn([process.execPath, "--no-env-file", "--preload", DIE_AT, MAIN, ...args], {
      env: { HOME: root, OPENCLAW_BACKEND_ROOT: root, CRASH_DIE_AT: dieAt, CRASH_STATEMENTS: path("statements") },
      cwd: resolve(import.meta.dir, "../.."),
      stdout: "ignore",
      stderr: "ignore",
    });
    await child.exited;
    return child.signalCode === "SIGKILL";
  };
  const countStatements = async (args: string[]) => {
    rmSync(path("statements"), { force: true });
    await run(args);
    const text = existsSync(path("statements")) ? await Bun.file(path("statements")).text() : "";
    return text.trimEnd().split("\n").length;
  };

  createPredecessorDatabase(path("old.db"));
  rename(path("old.db"), "old");
  copyFileSync(path("old.db"), path("new.db"));
  const open = new Database(path("new.db"));
  open.run("PRAGMA journal_mode = WAL");
  open.run("PRAGMA wal_autocheckpoint = 0");
  open.run("UPDATE model_snapshots SET provider_id = 'new'");
  for (const suffix of ["", "-wal"]) copyFileSync(path(`new.db${suffix}`), path(`kept${suffix}`));
  open.close();

  const reset = () => {
    for (const folder of ["data", "backups"]) {
      rmSync(path(folder), { recursive: true, force: true });
      mkdirSync(path(folder));
    }
    for (const suffix of ["", "-wal"]) copyFileSync(path(`kept${suffix}`), database + suffix);
  };

  const inspect = (what: string) => {
    const held = nameIn(database);
    const others = readdirSync(path("data")).filter(
      (name) => /\.replaced-[\w-]+$/.test(name) && !name.endsWith("-wal"),
    );
    if (held !== "old" && held !== "new") report(`${what}: the database holds ${held}`);
    if (held === "old" && !others.some((name) => nameIn(join(path("data"), name)) === "new"))
      report(`${what}: "new" is gone`);
    for (const copy of listBackups(path("backups"))) {
      if (inspectDatabase(copy.path).kind !== "ours") report(`${what}: ${copy.path} is no whole backup`);
    }
  };

  let killed = 0;
  for (const args of [["backup"], ["restore", path("old.db")]]) {
    reset();
    const statements = Math.min(await countStatements(args), MOST_BOUNDARIES);
    const all = Array.from({ length: statements }, (_, index) => [`${index + 1}:before`, `${index + 1}:after`]).flat();
    for (const boundary of sample === undefined ? all : random.sample(all, sample)) {
      reset();
      if (!(await run(args, boundary))) continue;
      killed++;
      inspect(`${args[0]} ${boundary}`);
      // What a killed one has left keeps no other one from its work.
      await run(args);
      inspect(`${args[0]} after ${boundary}`);
    }
  }
  return killed;
};

const rename = (path: string, name: string) => {
  const database = new Database(path);
  database.run("UPDATE model_snapshots SET provider_id = ?", [name]);
  database.close();
};

/** The name that all models have there; or what is wrong with the file. */
const nameIn = (path: string): string => {
  try {
    const database = new Database(path);
    const rows = database.query<{ id: string }, []>("SELECT DISTINCT provider_id AS id FROM model_snapshots").all();
    database.close();
    return rows.map(({ id }) => id).join();
  } catch (error) {
    return String(error);
  }
};
