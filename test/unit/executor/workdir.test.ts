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

const places: [path: string, refusal: "workdir_not_allowed" | "invalid_cwd" | undefined][] = [
  ["allowed", undefined],
  ["allowed/project", undefined],
  ["in", undefined],
  ["allowed/out", "workdir_not_allowed"],
  ["allowed/../outside", "workdir_not_allowed"],
  ["allowed_too", "workdir_not_allowed"],
  ["allowed/file", "invalid_cwd"],
  ["allowed/nothing", "invalid_cwd"],
  ["allowed/a\0b", "invalid_cwd"],
  [`allowed/${"x".repeat(300)}`, "invalid_cwd"],
];
test.each(places)("%j is refused as %s, at submit and at start", (path, refusal) => {
  const { root, workdirs } = createHarness();
  expect(workdirs.refusalOf(`${root}/${path}`)).toBe(refusal);
  const held = workdirs.hold(`${root}/${path}`);
  expect(held).toMatchObject(refusal ? { kind: "refused", code: refusal } : { kind: "held" });
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

test("a look, at submit or at start, leaves nothing open but what is held", () => {
  const { root, workdirs } = createHarness();
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (const path of ["allowed/out", "allowed/nothing", "allowed/file"]) workdirs.hold(join(root, path));
  workdirs.refusalOf(join(root, "allowed/project"));
  const held = workdirs.hold(join(root, "allowed/project"));
  if (held.kind === "held") held.release();
  expect(open()).toBe(before);
});

test("a directory that no descriptor is left for is not refused: it is opened again when the job starts", () => {
  const script = `
    import { openSync } from "node:fs";
    import { createWorkdirs } from "@/executor/workdir.ts";
    const workdirs = createWorkdirs({ home: "/", allowGlobalWorkdir: true, allowedWorkdirs: [] });
    try { for (;;) openSync("/", "r"); } catch {}
    const { kind, reason } = workdirs.hold("/");
    console.log(JSON.stringify([kind, reason, workdirs.refusalOf("/")]));
  `;
  const { stdout, stderr } = Bun.spawnSync([
    ...["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    ...[process.execPath, "--eval", script],
  ]);
  expect(stderr.toString()).toBe("");
  expect(JSON.parse(stdout.toString())).toEqual(["unopened", expect.stringContaining("EMFILE"), null]);
});

test("several allowed directories allow each what is in it, one that is away included", () => {
  const { root } = createHarness();
  const allowedWorkdirs = [join(root, "away"), join(root, "allowed"), join(root, "in")];
  const workdirs = createWorkdirs({ home: root, allowGlobalWorkdir: false, allowedWorkdirs });
  mkdirSync(join(root, "away"));
  const refusals = ["away", "allowed", "in", "outside"].map((name) => workdirs.refusalOf(join(root, name)));
  expect(refusals).toEqual([undefined, undefined, undefined, "workdir_not_allowed"]);
});

test("an allowed directory that is a link allows what it leads to", () => {
  const { root } = createHarness();
  const workdirs = createWorkdirs({ home: root, allowGlobalWorkdir: false, allowedWorkdirs: [join(root, "in")] });
  expect(workdirs.refusalOf(join(root, "allowed/project"))).toBeUndefined();
  expect(workdirs.refusalOf(join(root, "allowed"))).toBe("workdir_not_allowed");
});

test("everything is allowed below the root directory, and everywhere where that is allowed", () => {
  for (const options of [
    { allowGlobalWorkdir: false, allowedWorkdirs: ["/"] },
    { allowGlobalWorkdir: true, allowedWorkdirs: [] },
  ]) {
    const workdirs = createWorkdirs({ home: "/", ...options });
    expect(workdirs.refusalOf("/tmp")).toBeUndefined();
    expect(workdirs.refusalOf("/no/such")).toBe("invalid_cwd");
  }
});

test("a job's directory is stored with its tilde expanded, and otherwise as written", () => {
  const { root, workdirs } = createHarness();
  const written = ["~/x/", "/a//b/./c/../d", "~nosuchuser/x", "relative"];
  expect(written.map(workdirs.normalize)).toEqual([`${root}/x`, "/a/b/c/../d", "~nosuchuser/x", "relative"]);
});
