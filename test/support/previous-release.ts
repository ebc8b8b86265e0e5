import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** What was in use before this version; to be moved on at each release. */
export const PREVIOUS_RELEASE = "8723909b7c58fb115f98a03718ac886c62ee3672";

const root = resolve(import.meta.dir, "../..");
const checkout = join(root, ".cache/releases", PREVIOUS_RELEASE);

/** Not in a copy without history, or with only the newest of it, nor on a machine without git. */
export const hasPreviousRelease = (): boolean =>
  Bun.which("git") !== null &&
  existsSync(join(root, ".git")) &&
  Bun.spawnSync(["git", "cat-file", "-e", `${PREVIOUS_RELEASE}^{commit}`], { cwd: root, stderr: "ignore" }).success;

/** That version with the packages of its own lock file; made once, it is kept beside the tests' other caches. */
export const ensurePreviousRelease = (): string => {
  if (existsSync(checkout)) return checkout;
  const unfinished = `${checkout}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  run(["sh", "-c", 'git archive "$1" | tar -x -C "$2"', "sh", PREVIOUS_RELEASE, unfinished], root);
  run([process.execPath, "install", "--frozen-lockfile", "--production"], unfinished);
  renameSync(unfinished, checkout);
  return checkout;
};

const run = (argv: string[], cwd: string) => {
  const { success, stderr } = Bun.spawnSync(argv, { cwd, stdout: "ignore", stderr: "pipe" });
  if (!success) throw new Error(`${argv.join(" ")} failed: ${stderr.toString()}`);
};
