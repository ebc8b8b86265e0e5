/**
 * Installs what bun.lock names when it is not there yet. Runs before anything is installed, so it uses only what
 * Bun brings.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const stamp = join(root, "node_modules", ".installed");

/**
 * @param kind "runtime" leaves out what only tests and checks need.
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
  return true;
};
