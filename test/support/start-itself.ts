/** Compiled by a test: deletes its own file, as a later build does, and then starts itself as the service does. */
import { rmSync } from "node:fs";
import { self } from "@/backup/daily.ts";

if (process.argv[2] === "child") {
  console.log("started");
} else {
  rmSync(process.execPath);
  const child = Bun.spawn([...self, "child"], { env: {}, stdout: "inherit", stderr: "inherit" });
  process.exit(await child.exited);
}
