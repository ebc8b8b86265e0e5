import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { startChild, untilReady } from "@test/support/child.ts";
import { ensureDependencies } from "../../scripts/dependencies.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");
const COPIED = ["src", "drizzle", "deploy", "scripts", ".env.example", "bun.lock", "package.json", "tsconfig.json"];
const BUILD_LIMIT_MS = 60_000;

// Otherwise the first start would install them.
ensureDependencies("all");

/** A project of the test's own, as a checkout with its dependencies installed. */
const newProject = (): string => {
  const project = newRoot();
  for (const name of COPIED) cpSync(join(PROJECT_ROOT, name), join(project, name), { recursive: true });
  symlinkSync(join(PROJECT_ROOT, "node_modules"), join(project, "node_modules"));
  return project;
};

const start = (project: string) =>
  startChild([process.execPath, join(project, "scripts/start.ts")], { root: newRoot() });

const built = (project: string) => readdirSync(join(project, ".cache/build"));

test(
  "a start becomes the executable, which is built again only for other sources",
  async () => {
    const project = newProject();
    const first = start(project);
    expect(await untilReady(first)).toStartWith("Building…\n");
    const [name = ""] = built(project);
    expect(readlinkSync(`/proc/${first.pid}/exe`)).toBe(join(project, ".cache/build", name));
    first.kill("SIGTERM");
    expect(await first.exited).toBe(0);

    expect(await untilReady(start(project))).not.toContain("Building");
    expect(built(project)).toEqual([name]);

    writeFileSync(join(project, "src/new.ts"), "");
    expect(await untilReady(start(project))).toStartWith("Building…\n");
    expect(built(project)).toHaveLength(1);
    expect(built(project)).not.toContain(name);
  },
  BUILD_LIMIT_MS,
);

test(
  "a build leaves alone what another start is building, and nothing else",
  async () => {
    const project = newProject();
    const folder = join(project, ".cache/build");
    mkdirSync(folder, { recursive: true });
    const drafts = { living: `openclaw-backend-1.${process.pid}`, dead: "openclaw-backend-1.4294967295" };
    for (const name of Object.values(drafts)) writeFileSync(join(folder, name), "");
    await untilReady(start(project));
    expect(built(project)).toContain(drafts.living);
    expect(built(project)).not.toContain(drafts.dead);
  },
  BUILD_LIMIT_MS,
);

test("what cannot be built is run from source, and says so", async () => {
  const project = newProject();
  writeFileSync(join(project, ".cache"), "");
  const child = start(project);
  const address = (await untilReady(child)).trimEnd().split("\n").at(-1) ?? "";
  expect((await fetch(address)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stderr).text()).toMatch(/^Running from source, .*\n$/);
});
