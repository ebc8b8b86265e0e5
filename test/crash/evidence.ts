/** What is left to look at when the server is dead: its files and its processes. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface StoredJob {
  jobId: string;
  task: string;
  state: "queued" | "running" | "succeeded" | "failed" | "canceled";
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  resultText: string | null;
  errorCode: string | null;
}

export const isFinal = (job: StoredJob): boolean => job.state !== "queued" && job.state !== "running";

/**
 * Reads a copy: to open the file itself would recover its write-ahead log, which is the server's to do.
 * @returns undefined while there is no database yet.
 */
export const readDatabase = (root: string): { jobs: StoredJob[]; integrity: string } | undefined => {
  const path = join(root, "data/backend_state.db");
  if (!existsSync(path)) return undefined;
  const folder = mkdtempSync(join(root, "copy-"));
  try {
    const copy = join(folder, "state.db");
    copyFileSync(path, copy);
    for (const suffix of ["-wal", "-journal"]) {
      if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    }
    const database = new Database(copy);
    try {
      const integrity = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").get();
      const hasJobs = database.query("SELECT 1 FROM sqlite_master WHERE name = 'executor_jobs'").get() !== null;
      return { jobs: hasJobs ? readJobs(database) : [], integrity: integrity?.integrity_check ?? "no answer" };
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const readJobs = (database: Database): StoredJob[] =>
  database
    .query<StoredJob, []>(
      "SELECT job_id AS jobId, task, state, created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt, result_text AS resultText, error_code AS errorCode FROM executor_jobs ORDER BY rowid",
    )
    .all();

export interface Effect {
  kind: "start" | "end" | "overlap";
  name: string;
}

/** The side effects of all jobs, in the order in which they happened. */
export const readEffects = (root: string): Effect[] => {
  const path = join(root, "effects");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [kind, name = ""] = line.split(" ");
      return kind === "start" || kind === "end" || kind === "overlap" ? [{ kind, name }] : [];
    });
};

export interface Lingering {
  pid: number;
  /** Where in the folder it works, or what in it its command line names. */
  path: string;
}

/** Living processes whose working directory or command line lies in `folder`: no marker of the server is asked. */
export const processesIn = (folder: string): Lingering[] =>
  readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      if (/\) [ZX] /.test(readFileSync(`/proc/${entry}/stat`, "utf8"))) return [];
      const places = [
        readlinkSync(`/proc/${entry}/cwd`),
        ...readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0"),
      ];
      const path = places.find((place) => place === folder || place.startsWith(`${folder}/`));
      return path === undefined ? [] : [{ pid: Number(entry), path }];
    } catch {
      return [];
    }
  });
