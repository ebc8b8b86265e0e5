/** Builds service and commands into one executable with bytecode, which starts fastest and takes the least memory. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { giveToOwner } from "./owner.ts";

const root = resolve(import.meta.dir, "..");
const folder = join(root, ".cache/build");

/** Everything that goes into the executable or determines how it is built. */
const INPUTS = [
  "src",
  "drizzle",
  "deploy",
  "scripts/executable.ts",
  ".env.example",
  "bun.lock",
  "package.json",
  "tsconfig.json",
];

/** The same key means the same sources and the same Bun. */
const keyOfInputs = (): string => {
  const hash = new Bun.CryptoHasher("sha256").update(`${Bun.version} ${Bun.revision} ${process.arch}`);
  for (const input of INPUTS) {
    for (const path of filesBelow(join(root, input))) hash.update(`\0${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
};

const filesBelow = (path: string): string[] => {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return [path];
    throw error;
  }
};

/**
 * Builds the executable if its sources have changed.
 * @returns its path.
 * @throws when the build fails.
 */
export const ensureExecutable = async (): Promise<string> => {
  const name = `openclaw-backend-${keyOfInputs()}`;
  const path = join(folder, name);
  if (existsSync(path)) return path;

  console.log("Building…");
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await buildExecutable(join(root, "src/main.ts"), draft);
  // A running service keeps its deleted file open.
  renameSync(draft, path);
  giveToOwner(join(root, ".cache"));
  for (const other of readdirSync(folder)) {
    if (other !== name && !isBeingBuilt(other)) rmSync(join(folder, other), { force: true });
  }
  return path;
};

/** The draft of another start that is still running. */
const isBeingBuilt = (name: string): boolean => {
  const builder = /\.(\d+)$/.exec(name)?.[1];
  return builder !== undefined && existsSync(`/proc/${builder}`);
};

export const buildExecutable = async (entrypoint: string, outfile: string): Promise<void> => {
  const autoload = {
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadPackageJson: false,
    autoloadTsconfig: false,
  };
  await Bun.build({
    entrypoints: [entrypoint],
    compile: { outfile, ...autoload },
    target: "bun",
    format: "esm",
    minify: true,
    // Inside the executable, and read only for a stack trace.
    sourcemap: "linked",
    bytecode: true,
    // A dynamic import becomes a chunk of its own, which is not read before its first use.
    splitting: true,
  });
  // Its pages are clean from then on: the kernel may drop them, and they do not count as private memory.
  const fd = openSync(outfile, "r");
  fsyncSync(fd);
  closeSync(fd);
};
