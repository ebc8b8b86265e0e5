import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

const read = (name: string) => readFileSync(resolve(import.meta.dir, "../..", name), "utf8");
const manifest = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    trustedDependencies: z.array(z.string()),
    packageManager: z.string(),
  })
  .parse(JSON.parse(read("package.json")));
const EXACT = /^\d+\.\d+\.\d+$/;

test("every dependency is pinned to one version, Bun among them, and the lockfile has the same", () => {
  const lock = read("bun.lock");
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect([name, version]).toEqual([name, expect.stringMatching(EXACT)]);
    expect(lock).toContain(`"${name}": ["${name}@${version}"`);
  }
  expect(manifest.packageManager).toMatch(/^bun@\d+\.\d+\.\d+$/);
});

test("the lockfile names no host, and a checksum for every package", () => {
  const lock = read("bun.lock");
  expect(lock).not.toMatch(/https?:\/\//);
  const packages = lock.slice(lock.indexOf('"packages": {')).match(/^ {4}"[^"]+": \[.*$/gm) ?? [];
  expect(packages.length).toBeGreaterThan(20);
  for (const line of packages) expect(line).toMatch(/"sha512-[\w+/]+=*"\],?$/);
});

test("no dependency may run a script when it is installed, not even those that Bun trusts by itself", () => {
  expect(manifest.trustedDependencies).toEqual([]);
});

test("what is shipped has licenses that ask for no more than their text", () => {
  const listed = Bun.spawnSync([process.execPath, "pm", "licenses", "--prod", "--json"], {
    cwd: resolve(import.meta.dir, "../.."),
  });
  const licenses = Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(listed.stdout.toString())));
  for (const license of licenses)
    expect(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]).toContain(license);
  expect(licenses).toContain("MIT");
});
