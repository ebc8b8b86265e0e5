import { Database } from "bun:sqlite";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { processesIn } from "./evidence.ts";

/** The first so many of the predecessor's 300 jobs, among them a fifth that wait and a fifth that were running. */
const PREDECESSOR_JOBS = 40;

/** A folder for one server after the other; `remove` also ends whatever a fault of the server has left there. */
export const createRoot = () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "openclaw-crash-")));
  mkdirSync(join(root, "work"));
  mkdirSync(join(root, "data"));
  return {
    root,
    remove() {
      for (const { pid } of processesIn(root)) process.kill(pid, "SIGKILL");
      rmSync(root, { recursive: true, force: true });
    },
  };
};

/** A file as the Python service left it when it crashed, whose waiting jobs are ones that leave proof. */
export const addPredecessorDatabase = (root: string): void => {
  const path = join(root, "data/backend_state.db");
  createPredecessorDatabase(path);
  const database = new Database(path);
  database.run("DELETE FROM executor_jobs WHERE rowid > ?", [PREDECESSOR_JOBS]);
  // Ids of their own: another run of this test on this machine would take our processes for what its crash has left.
  database.run("UPDATE executor_jobs SET job_id = lower(hex(randomblob(8)))");
  database.run("UPDATE executor_jobs SET task = 'p' || rowid || ' 0 plain', cwd = ? || '/work/p' || rowid", [root]);
  database.close();
  for (let row = 1; row <= PREDECESSOR_JOBS; row++) mkdirSync(join(root, `work/p${row}`));
};
