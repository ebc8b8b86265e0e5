/**
 * Numbers the statements that may change something, and kills the process before or after the one that
 * CRASH_DIE_AT names (`<number>:before` or `<number>:after`). CRASH_STATEMENTS, a file, gets one line for each.
 */
import { appendFileSync } from "node:fs";
import { interceptStatements } from "./intercept.ts";

const [dieAt, side] = (process.env.CRASH_DIE_AT ?? "").split(":");
const list = process.env.CRASH_STATEMENTS;
let number = 0;

const isReading = (sql: string) => /^\s*select\b/i.test(sql);

const dieIf = (here: "before" | "after") => {
  if (String(number) === dieAt && here === side) process.kill(process.pid, "SIGKILL");
};

interceptStatements({
  before(sql) {
    if (isReading(sql)) return;
    number++;
    if (list) appendFileSync(list, `${sql.replace(/\s+/g, " ").slice(0, 60)}\n`);
    dieIf("before");
  },
  after(sql) {
    if (!isReading(sql)) dieIf("after");
  },
});
