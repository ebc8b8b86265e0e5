/** Installs what bun.lock names if it is missing. Runs before any package is there, so it imports none. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { giveToOwner } from "./owner.ts";

const root = resolve(import.meta.dir, "..");
const stamp = join(root, "node_modules", ".installed");

/**
 * @param kind "runtime" leaves out the devDependencies.
 * @returns whether something was installed.
 */
export const ensureDependencies = (kind: "runtime" | "all"): boolean => {
  const lock = new Bun.CryptoHasher("sha256").update(readFileSync(join(root, "bun.lock"))).digest("hex");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed === `${lock} all` || installed === `${lock} ${kind}`) return false;

  console.log("Installing dependencies…");
  const install = Bun.spawnSync(
    [process.execPath, "install", "--frozen-lockfile", ...(kind === "runtime" ? ["--production"] : [])],
    { cwd: root, stdout: "ignore", stderr: "pipe" },
  );
  if (!install.success) {
    console.error(`The installation failed; is the npm registry reachable?\n${install.stderr.toString().trim()}`);
    process.exit(1);
  }
  writeFileSync(stamp, `${lock} ${kind}`);
  giveToOwner(join(root, "node_modules"));
  return true;
};
