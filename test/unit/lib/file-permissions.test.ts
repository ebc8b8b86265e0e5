import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { restrictPermissions } from "@/lib/file-permissions.ts";

const modeOf = (path: string) => statSync(path).mode & 0o777;

const createGround = () => {
  const root = newRoot();
  const data = join(root, "data");
  mkdirSync(data);
  const file = join(data, "file");
  writeFileSync(file, "");
  return { root, data, file };
};

test("what others could read is restricted, and named once", () => {
  const { root, data, file } = createGround();
  chmodSync(data, 0o755);
  chmodSync(file, 0o644);
  const close = () => restrictPermissions({ root, folders: [data], files: [file, join(data, "absent")] });
  expect(close()).toEqual([
    `${data} was open to others (0755); it is 0700 now.`,
    `${file} was open to others (0644); it is 0600 now.`,
  ]);
  expect([modeOf(data), modeOf(file)]).toEqual([0o700, 0o600]);
  expect(close()).toEqual([]);
});

test.each([0o604, 0o640, 0o602, 0o601])("mode %o is too wide", (mode) => {
  const { root, file } = createGround();
  chmodSync(file, mode);
  expect(restrictPermissions({ root, folders: [], files: [file] })).toHaveLength(1);
});

test("what only we can read stays as it is, read-only files too", () => {
  const { root, data, file } = createGround();
  chmodSync(data, 0o700);
  chmodSync(file, 0o400);
  expect(restrictPermissions({ root, folders: [data], files: [file] })).toEqual([]);
  expect(modeOf(file)).toBe(0o400);
});

test("a folder outside our root is left alone, and so is the root itself", () => {
  const ground = newRoot();
  const root = join(ground, "root");
  const elsewhere = join(ground, "elsewhere");
  const sibling = `${root}-sibling`;
  for (const folder of [root, elsewhere, sibling]) {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  }
  expect(restrictPermissions({ root, folders: [root, elsewhere, sibling], files: [] })).toEqual([]);
  expect([root, elsewhere, sibling].map(modeOf)).toEqual([0o755, 0o755, 0o755]);
});

/** The kernel lets nobody change the mode of this one, root included. */
test("a file that everybody can read and that cannot be restricted stops the start", () => {
  const close = () => restrictPermissions({ root: "/", folders: [], files: ["/proc/sys/kernel/ostype"] });
  expect(close).toThrow("/proc/sys/kernel/ostype is open to everybody (0444) and cannot be restricted");
});
