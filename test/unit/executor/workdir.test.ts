import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createWorkdirs } from "@/executor/workdir.ts";

const createHarness = () => {
  const root = newRoot();
  for (const folder of ["allowed/project", "allowed_too", "outside"])
    mkdirSync(join(root, folder), { recursive: true });
  symlinkSync(join(root, "outside"), join(root, "allowed/out"));
  symlinkSync(join(root, "allowed/project"), join(root, "in"));
  writeFileSync(join(root, "allowed/file"), "");
  const workdirs = createWorkdirs({ home: root, allowGlobalWorkdir: false, allowedWorkdirs: [join(root, "allowed")] });
  return { root, workdirs };
};

const places: [path: string, checked: string, held: string][] = [
  ["allowed", "ok", "held"],
  ["allowed/project", "ok", "held"],
  ["in", "ok", "held"],
  ["allowed/out", "outside", "outside"],
  ["allowed/../outside", "outside", "outside"],
  ["allowed_too", "outside", "outside"],
  ["allowed/file", "missing", "missing"],
  ["allowed/nothing", "missing", "missing"],
  ["allowed/a\0b", "missing", "missing"],
  [`allowed/${"x".repeat(300)}`, "missing", "missing"],
];
test.each(places)("%j is %s at submit and %s at start", (path, checked, held) => {
  const { root, workdirs } = createHarness();
  expect(workdirs.check(`${root}/${path}`).kind).toBe(checked as "ok");
  expect(workdirs.hold(`${root}/${path}`).kind).toBe(held as "held");
});

test("what is held is the directory that was checked, whatever its path comes to name", () => {
  const { root, workdirs } = createHarness();
  const project = join(root, "allowed/project");
  const workdir = workdirs.hold(project);
  if (workdir.kind !== "held") throw new Error(workdir.kind);
  renameSync(project, join(root, "allowed/moved"));
  symlinkSync(join(root, "outside"), project);
  writeFileSync(join(workdir.handle, "note"), "");
  expect(readdirSync(join(root, "allowed/moved"))).toEqual(["note"]);
  expect(readdirSync(join(root, "outside"))).toEqual([]);
  workdir.release();
});

test("a look that ends in a refusal leaves nothing open", () => {
  const { root, workdirs } = createHarness();
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (const path of ["allowed/out", "allowed/nothing", "allowed/file"]) workdirs.hold(join(root, path));
  const held = workdirs.hold(join(root, "allowed/project"));
  if (held.kind === "held") held.release();
  expect(open()).toBe(before);
});

test("several allowed directories allow each what is in it, one that is away included", () => {
  const { root } = createHarness();
  const allowedWorkdirs = [join(root, "away"), join(root, "allowed"), join(root, "in")];
  const workdirs = createWorkdirs({ home: root, allowGlobalWorkdir: false, allowedWorkdirs });
  mkdirSync(join(root, "away"));
  const kinds = ["away", "allowed", "in", "outside"].map((name) => workdirs.check(join(root, name)).kind);
  expect(kinds).toEqual(["ok", "ok", "ok", "outside"]);
});

test("an allowed directory that is a link allows what it leads to", () => {
  const { root } = createHarness();
  const workdirs = createWorkdirs({ home: root, allowGlobalWorkdir: false, allowedWorkdirs: [join(root, "in")] });
  expect(workdirs.check(join(root, "allowed/project")).kind).toBe("ok");
  expect(workdirs.check(join(root, "allowed")).kind).toBe("outside");
});

test("everything is allowed below the root directory, and everywhere where that is allowed", () => {
  for (const options of [
    { allowGlobalWorkdir: false, allowedWorkdirs: ["/"] },
    { allowGlobalWorkdir: true, allowedWorkdirs: [] },
  ]) {
    const workdirs = createWorkdirs({ home: "/", ...options });
    expect(workdirs.check("/tmp").kind).toBe("ok");
    expect(workdirs.check("/no/such").kind).toBe("missing");
  }
});

test("a job's directory is stored with its tilde expanded, and otherwise as written", () => {
  const { root, workdirs } = createHarness();
  const written = ["~/x/", "/a//b/./c/../d", "~nosuchuser/x", "relative"];
  expect(written.map(workdirs.normalize)).toEqual([`${root}/x`, "/a/b/c/../d", "~nosuchuser/x", "relative"]);
});
