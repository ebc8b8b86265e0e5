/** Takes one guard away (CRASH_WEAKEN), at the service's borders and not in its source: the crash test must notice. */
import { Database } from "bun:sqlite";
import { interceptStatements, TRANSACTION_BEGIN } from "./intercept.ts";

const open = new Set<Database>();

const weaken: Record<string, () => void> = {
  /** What a crash cut off is queued again instead of being failed. */
  rerun() {
    let within = false;
    interceptStatements({
      before() {},
      after(sql) {
        if (within || !/^\s*update "?executor_jobs/i.test(sql)) return;
        within = true;
        for (const database of open) {
          database.run(
            "UPDATE executor_jobs SET state = 'queued', started_at = NULL, finished_at = NULL WHERE error_code = 'interrupted'",
          );
        }
        within = false;
      },
    });
  },

  /** Processes that a crash left are let live: only a signal to a whole group still arrives. */
  leave() {
    const kill = process.kill.bind(process);
    process.kill = (pid, signal) => (signal === "SIGKILL" && pid > 0 ? true : kill(pid, signal));
  },

  /** A submit is answered before its row is committed. */
  early_answer() {
    interceptStatements({
      before(sql) {
        if (sql !== TRANSACTION_BEGIN && !/^\s*insert into "?executor_jobs/i.test(sql)) return;
        for (const database of open) {
          if (database.inTransaction) continue;
          database.run("BEGIN");
          setTimeout(() => database.run("COMMIT"), 25);
        }
      },
      after() {},
    });
  },
};

// Which databases there are is told by the first statement on each.
const run = Database.prototype.run;
Reflect.set(Database.prototype, "run", function (this: Database, ...values: unknown[]) {
  if (!this.filename.endsWith(".lock")) open.add(this);
  return Reflect.apply(run, this, values);
});

const name = process.env.CRASH_WEAKEN ?? "";
const take = weaken[name];
if (!take) throw new Error(`There is no guard ${name}.`);
take();
