/** `<backup|restore> <steps>`: takes so many steps of it on the root in the environment, then dies as by `kill -9`. */
import { backUp } from "@/backup/backup.ts";
import { restore } from "@/backup/restore.ts";
import { parseConfig } from "@/config.ts";

const [what, count, file = ""] = process.argv.slice(2);
const { dbPath, backup } = parseConfig({ ...process.env });
const now = new Date("2026-11-25T00:00:00Z");
const steps = what === "backup" ? backUp({ dbPath, ...backup, now }) : restore({ file, dbPath, now });
for (let taken = 0; taken < Number(count); taken++) {
  if (steps.next().done) process.exit(0);
}
process.kill(process.pid, "SIGKILL");
