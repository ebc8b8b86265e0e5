/** Service and commands as one executable with bytecode: the form that starts fastest and takes the least memory. */
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

const root = resolve(import.meta.dir, "..");
const folder = join(root, ".cache/build");

/** All that ends up in it, and what says how it is made. */
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

/** What has this key was made of the same text by the same Bun. */
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
 * The path of the executable, which is made first when the sources are not those it was made of.
 * @throws when it cannot be made.
 */
export const ensureExecutable = async (): Promise<string> => {
  const name = `openclaw-backend-${keyOfInputs()}`;
  const path = join(folder, name);
  if (existsSync(path)) return path;

  console.log("Building…");
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await buildExecutable(join(root, "src/main.ts"), draft);
  // A running service keeps its own file, which is gone from the folder only by name.
  renameSync(draft, path);
  for (const other of readdirSync(folder)) {
    if (other !== name && !isBeingBuilt(other)) rmSync(join(folder, other), { force: true });
  }
  return path;
};

/** Another start's draft, while that start lives. */
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
    // Inside the executable, and read only when a stack is told.
    sourcemap: "linked",
    bytecode: true,
    // What is imported when it is asked for is a piece of its own, of which nothing is read before.
    splitting: true,
  });
  settle(outfile);
};

/** Its pages are clean from then on: the kernel may drop them, and they count as nobody's private memory. */
const settle = (path: string) => {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
};
