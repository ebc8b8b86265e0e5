import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Writes the runtime dependencies as npm finds them installed, in CycloneDX: `sbom.cdx.json`. */
const PROJECT_ROOT = resolve(import.meta.dir, "..");
const OUTPUT = join(PROJECT_ROOT, "sbom.cdx.json");

const run = (cwd: string, argv: string[]): string => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { cwd });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout.toString();
};

// A folder with nothing but the runtime dependencies of the lockfile.
const scratch = mkdtempSync(join(tmpdir(), "sbom-"));
try {
  for (const file of ["package.json", "bun.lock"]) copyFileSync(join(PROJECT_ROOT, file), join(scratch, file));
  run(scratch, [process.execPath, "install", "--frozen-lockfile", "--production", "--ignore-scripts"]);
  // npm would report the missing devDependencies as an error.
  const { devDependencies: _, ...manifest } = await Bun.file(join(scratch, "package.json")).json();
  writeFileSync(join(scratch, "package.json"), JSON.stringify(manifest));
  const sbom = run(scratch, ["npm", "sbom", "--sbom-format", "cyclonedx"]);
  const draft = `${OUTPUT}.draft`;
  writeFileSync(draft, sbom);
  renameSync(draft, OUTPUT);
  const components = (JSON.parse(sbom) as { components: unknown[] }).components.length;
  console.log(`${OUTPUT}: ${components} components`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
