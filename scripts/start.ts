/**
 * `bun run start` and the other commands of `src/main.ts`: installs and builds what is missing, then replaces itself
 * by the executable.
 */
import { resolve } from "node:path";
import { ensureDependencies } from "./dependencies.ts";
import { serviceEngine, toolEngine } from "./engine.ts";
import { ensureExecutable } from "./executable.ts";

const root = resolve(import.meta.dir, "..");

/** Slower and larger, but works on a read-only disk. */
const fromSource = (): string[] => {
  const tsconfig = `--tsconfig-override=${resolve(root, "tsconfig.json")}`;
  return [process.execPath, "--no-env-file", tsconfig, resolve(root, "src/main.ts")];
};

if (ensureDependencies("runtime")) {
  // This process has cached that the packages were missing, so it starts again.
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], process.env);
}
const argv = await ensureExecutable().then(
  (path) => [path],
  (error: unknown) => {
    console.error(`Running from source, since the executable cannot be built: ${String(error)}`);
    return fromSource();
  },
);
const [program = ""] = argv;
const args = process.argv.slice(2);
const [command = "serve"] = args;
const isService = command === "serve" || command.startsWith("-");
const engine = isService ? serviceEngine : toolEngine;
process.execve?.(program, [...argv, ...args], { ...engine, ...process.env });
