/**
 * `bun run start`, and every other command of `src/main.ts`: installs and builds what is missing, then becomes the
 * executable. Nothing of this script stays in memory.
 */
import { resolve } from "node:path";
import { ensureDependencies } from "./dependencies.ts";
import { ensureExecutable } from "./executable.ts";

const root = resolve(import.meta.dir, "..");

/** Slower and larger, but it needs nothing written. */
const fromSource = (): string[] => {
  const tsconfig = `--tsconfig-override=${resolve(root, "tsconfig.json")}`;
  return [process.execPath, "--no-env-file", tsconfig, resolve(root, "src/main.ts")];
};

ensureDependencies("runtime");
const argv = await ensureExecutable().then(
  (path) => [path],
  (error: unknown) => {
    console.error(`Running from source, since the executable cannot be built: ${String(error)}`);
    return fromSource();
  },
);
const [program = ""] = argv;
process.execve?.(program, [...argv, ...process.argv.slice(2)], process.env);
